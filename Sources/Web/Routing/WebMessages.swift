internal import HTTPTypes
internal import NIOCore

/// What of a request decides the answer.
struct WebRequest: Sendable {
    var method: String
    /// With the query.
    var target: String
    var headers = HTTPFields()

    var path: Substring { target.prefix { $0 != "?" } }
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
