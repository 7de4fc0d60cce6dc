import Glibc

/// Bytes over a real loopback socket; every call blocks, at most five seconds.
final class RawClient: Sendable {
    struct Failed: Error, CustomStringConvertible { var description: String }

    let descriptor: Int32

    init(host: String = "127.0.0.1", port: UInt16) throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let info = list?.pointee else {
            throw Failed(description: "no address for \(host)")
        }
        defer { freeaddrinfo(list) }
        descriptor = socket(info.ai_family, info.ai_socktype, 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 else {
            // `deinit` closes the descriptor also after a throw.
            let text = String(cString: strerror(errno))
            throw Failed(description: "connect to \(host):\(port): \(text)")
        }
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Everything until the server closes; nil when it does not.
    func readToEnd() -> [UInt8]? {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { return content }
            if count < 0 { return errno == ECONNRESET ? content : nil }
            content += buffer[..<count]
        }
    }

    /// The next answer of a connection that stays open.
    func readAnswer() throws -> RawAnswer {
        var content: [UInt8] = []
        var byte: UInt8 = 0
        while !content.ends(with: "\r\n\r\n") {
            guard recv(descriptor, &byte, 1, 0) == 1 else { throw Failed(description: "no answer") }
            content.append(byte)
        }
        var answer = try RawAnswer(content)
        while answer.body.count < Int(answer.headers["content-length"] ?? "") ?? 0 {
            guard recv(descriptor, &byte, 1, 0) == 1 else { throw Failed(description: "body cut short") }
            answer.body.append(byte)
        }
        return answer
    }
}

struct RawAnswer: Sendable {
    var status: Int
    /// Names in lower case.
    var headers: [String: String] = [:]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    init(_ bytes: [UInt8]) throws {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw RawClient.Failed(description: "no HTTP answer: \(String(decoding: bytes, as: UTF8.self))")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count > 1, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw RawClient.Failed(description: "no HTTP answer")
        }
        self.status = status
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        body = Array(bytes[end.upperBound...])
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
