import Model
import Testing

@testable import Probing

@Suite("heads of HTTP answers")
struct HeadReaderTests {
    private func heads(_ lines: [String]) -> [HeadReader.Head] {
        var reader = HeadReader()
        return lines.compactMap { line in
            if case .head(let head) = reader.take(Array(line.utf8)) { head } else { nil }
        }
    }

    @Test("each ends with its empty line, and trailers after the body are no fields of the next")
    func several() {
        let found = heads([
            "HTTP/1.1 407 Proxy Authentication Required\r\n", "Proxy-Authenticate: Basic realm=\"a\"\r\n",
            "proxy-authenticate: NTLM\r\n", "\r\n", "X-Trailer: 1\r\n", "\r\n", "HTTP/2 200 \r\n", "server:nginx\r\n",
            "\r\n",
        ])
        #expect(found.map(\.status) == [407, 200] && found.map(\.version) == ["1.1", "2"])
        #expect(found.first?.values(of: "proxy-authenticate") == ["Basic realm=\"a\"", "NTLM"])
        #expect(found.last?.fields == [.init("server", "nginx")])
    }

    @Test(
        "a status line that cannot be read gives no head",
        arguments: ["HTTP/1.1\r\n", "HTTP/1.1 abc\r\n", "200 OK\r\n"]
    )
    func broken(line: String) {
        #expect(heads([line, "a: b\r\n", "\r\n"]).isEmpty)
    }

    @Test("a folded value is one, with a blank for each fold (RFC 9112 §5.2)")
    func folded() {
        let found = heads([
            "HTTP/1.1 407 Who\r\n", " dropped: before any field\r\n", "Proxy-Authenticate: Digest realm=\"a\", \r\n",
            "\t nonce=\"b: c\"\r\n", "X-Empty:\r\n", "  d \r\n", "X-Last: e \r\n", "\r\n",
        ])
        #expect(
            found.first?.fields == [
                .init("Proxy-Authenticate", "Digest realm=\"a\", nonce=\"b: c\""), .init("X-Empty", " d"),
                .init("X-Last", "e"),
            ]
        )
        var reader = HeadReader()
        for line in ["HTTP/1.1 200 OK\r\n", "\r\n", " no field yet\r\n", "grpc-message: a\r\n", " b\r\n", "\r\n"] {
            _ = reader.take(Array(line.utf8))
        }
        #expect(reader.trailers == [.init("grpc-message", "a b")])
    }

    @Test("heads without end are cut off")
    func endless() {
        var reader = HeadReader()
        _ = reader.take(Array("HTTP/1.1 200 OK\r\n".utf8))
        let line = Array("X-Field: value\r\n".utf8)
        #expect((0..<10_000).contains { _ in reader.take(line) == .tooLong })
        var other = HeadReader()
        #expect(other.take([UInt8](repeating: 65, count: 200_000)) == .tooLong)
    }

    @Test("fields are bounded by their bytes, not by their number")
    func many() {
        var reader = HeadReader()
        _ = reader.take(Array("HTTP/1.1 200 OK\r\n".utf8))
        #expect((0..<1000).allSatisfy { reader.take(Array("a: \($0)\r\n".utf8)) == .line })
    }
}
