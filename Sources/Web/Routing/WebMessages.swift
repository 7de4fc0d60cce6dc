internal import HTTPTypes
internal import NIOCore

/// What of a request decides the answer.
struct WebRequest: Sendable {
    var method: String
    /// With the query.
    var target: String
    var headers = HTTPFields()

    var path: Substring { target.prefix { $0 != "?" } }

    /// Takes seconds, and is in vain when the client does not wait for it.
    var isLong: Bool { path == Route.path.rawValue && (method == "GET" || method == "HEAD") }

    /// Names and values of the query, as they were sent.
    private var pairs: [Substring] { target.drop { $0 != "?" }.dropFirst().split(separator: "&") }

    /// The first value of a parameter of the query, decoded (RFC 3986 §2.1); nil where there is none, or its escapes are
    /// no UTF-8.
    func parameter(_ name: String) -> String? {
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { return Self.decoded(parts[1]) }
        }
        return nil
    }

    /// The first parameter of the query that is none of those, as it was sent.
    func parameter(otherThan known: Set<Substring>) -> Substring? {
        pairs.lazy.map { $0.prefix { $0 != "=" } }.first { !known.contains($0) }
    }

    /// How often a parameter of the query is given.
    func count(of name: String) -> Int {
        pairs.count { $0.prefix { $0 != "=" } == name }
    }

    /// As `parameter`, read as a form is: `+` is a space (WHATWG URL §5.1).
    func formParameter(_ name: String) -> String? {
        var form = self
        form.target = String(target.map { $0 == "+" ? " " : $0 })
        return form.parameter(name)
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// An answer before it is written.
struct WebResponse: Sendable {
    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: ByteBuffer

    init(_ status: HTTPResponse.Status, contentType: String, body: ByteBuffer) {
        self.status = status
        self.body = body
        headers = [.contentType: contentType, .xContentTypeOptions: "nosniff"]
    }

    init(_ status: HTTPResponse.Status, contentType: String, text: String) {
        self.init(status, contentType: contentType, body: ByteBuffer(string: text))
    }

    /// A line of text.
    static func line(_ status: HTTPResponse.Status, _ text: String) -> Self {
        Self(status, contentType: "text/plain; charset=utf-8", text: text + "\n")
    }
}
