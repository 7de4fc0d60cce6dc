internal import Glibc
internal import Wire

/// The name servers of the host (resolv.conf(5)).
enum SystemResolver {
    /// The first that the file names; nil where there is none.
    static var first: (host: String, port: UInt16)? {
        let file = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = read(file, &bytes, bytes.count)
        return first(in: String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
    }

    static func first(in text: String) -> (host: String, port: UInt16)? {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver", let address = IPAddress(words[1]) else { continue }
            return ("\(address)", 53)
        }
        return nil
    }
}
