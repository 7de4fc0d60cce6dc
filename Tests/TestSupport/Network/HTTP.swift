import Glibc

/// An HTTP/1.1 answer; names of headers in lower case.
public struct HTTPAnswer: Sendable {
    public let status: Int
    public let headers: [String: String]
    public let body: String
}

/// A client for one request a connection.
public enum HTTP {
    public struct Malformed: Error, CustomStringConvertible {
        public let description: String
    }

    public static func get(
        _ path: String,
        host: String = "127.0.0.1",
        port: UInt16,
        headers: [String: String] = [:],
        inside namespace: Namespace? = nil
    ) throws -> HTTPAnswer {
        try request("GET", path, host: host, port: port, headers: headers, inside: namespace)
    }

    public static func request(
        _ method: String,
        _ path: String,
        host: String = "127.0.0.1",
        port: UInt16,
        headers: [String: String] = [:],
        body: [UInt8] = [],
        inside namespace: Namespace? = nil
    ) throws -> HTTPAnswer {
        // Longer than any probe that is asked for, also on a machine that is busy elsewhere.
        let connect: @Sendable () throws -> Int32 = { try TCP.connect(to: host, port: port, within: 20) }
        let descriptor = try namespace?.inside(connect) ?? connect()
        defer { close(descriptor) }
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\nConnection: close\r\n"
        if method == "POST" { head += "Content-Length: \(body.count)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        TCP.send(Array((head + "\r\n").utf8) + body, to: descriptor)
        var received: [UInt8] = []
        while let bytes = TCP.receive(descriptor) { received += bytes }
        guard !received.isEmpty else { throw Malformed(description: "\(method) \(path) of port \(port): no answer") }
        return try answer(from: received)
    }

    static func answer(from bytes: [UInt8]) throws -> HTTPAnswer {
        guard let message = HTTPMessage(bytes), let status = message.firstLine.split(separator: " ").dropFirst().first,
            let status = Int(status)
        else { throw Malformed(description: "no HTTP answer: \(String(decoding: bytes.prefix(200), as: UTF8.self))") }
        let isChunked = message.headers["transfer-encoding"]?.contains("chunked") ?? false
        let body = isChunked ? unchunked(message.rest) : Array(message.rest)
        return HTTPAnswer(status: status, headers: message.headers, body: String(decoding: body, as: UTF8.self))
    }

    private static func unchunked(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var rest = bytes
        var body: [UInt8] = []
        while let end = rest.firstIndex(of: 13),
            let size = Int(String(decoding: rest[..<end].prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self), radix: 16),
            size > 0, rest.endIndex - end >= size + 4
        {
            body += rest[(end + 2)..<(end + 2 + size)]
            rest = rest[(end + 4 + size)...]
        }
        return body
    }
}

/// The head of a request or an answer, and what follows it; nil until the head is complete.
struct HTTPMessage {
    let firstLine: String
    let headers: [String: String]
    let rest: ArraySlice<UInt8>

    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first else { return nil }
        firstLine = String(first)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        self.headers = headers
        rest = bytes[end.upperBound...]
    }
}
