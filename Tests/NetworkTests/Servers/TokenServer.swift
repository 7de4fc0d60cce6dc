import Synchronization
import TestSupport

/// An authorization server (RFC 6749 §4.4) that is another one by each path, and a service that wants its token.
final class TokenServer: Sendable {
    private final class Book: Sendable {
        let requests = Mutex<[String]>([])
    }

    private let server: ScriptedServer
    private let book: Book
    var port: UInt16 { server.port }

    /// Of what it knows the client by.
    static let secret = "hunter2+&"

    init() throws {
        let book = Book()
        self.book = book
        server = try ScriptedServer { connection in
            guard let (head, body) = Self.receive(connection) else { return }
            book.requests.withLock { $0.append(Self.summary(head, body)) }
            let path = head.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            guard let answer = Self.answer(path, head, body) else { return connection.waitForEnd() }
            let length = "Content-Length: \(answer.body.utf8.count)\r\nConnection: close\r\n"
            connection.send("HTTP/1.1 \(answer.status)\r\n\(length)\(answer.fields)\r\n\(answer.body)")
        }
    }

    /// What was asked since the last time: method, path, the fields that matter, body.
    func takeRequests() -> [String] {
        book.requests.withLock { requests in
            defer { requests = [] }
            return requests
        }
    }

    private static func receive(_ connection: ScriptedServer.Connection) -> (head: String, body: String)? {
        guard let text = connection.receiveHead(), let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let head = String(text[..<end.lowerBound])
        var body = String(text[end.upperBound...])
        let length = field("content-length", head).flatMap { Int($0) } ?? 0
        while body.utf8.count < length {
            guard let more = connection.receive() else { return nil }
            body += more
        }
        return (head, body)
    }

    private static func field(_ name: String, _ head: String) -> String? {
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name):") }
        return line.map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
    }

    private static func summary(_ head: String, _ body: String) -> String {
        let line = head.prefix { $0 != "\r\n" }
        let fields = ["authorization", "content-type"].map { "\($0): \(field($0, head) ?? "none")" }
        return "\(line); \(fields.joined(separator: "; ")); \(body)"
    }

    private struct Answer {
        var status = "200 OK"
        var fields = "Content-Type: application/json\r\n"
        var body = ""
    }

    private static let token = #"{"access_token": "ticket", "token_type": "bearer", "expires_in": 3600}"#

    /// - Returns: nil for none at all.
    private static func answer(_ path: String, _ head: String, _ body: String) -> Answer? {
        let refusal = Answer(
            status: "401 Who",
            body: #"{"error": "invalid_client", "error_description": "\#(secret)"}"#
        )
        switch path {
        case "/service": return Answer(status: field("authorization", head) == "Bearer ticket" ? "200 OK" : "401 Who")
        case "/moved": return Answer(status: "302 Found", fields: "Location: /service\r\n")
        case "/token", "http://token.test/token":
            // hunter2%2B%26, as the client's name is `a b`.
            return field("authorization", head) == "Basic YStiOmh1bnRlcjIlMkIlMjY=" ? Answer(body: token) : refusal
        case "/form":
            let type = "Content-Type: application/x-www-form-urlencoded\r\n"
            return Answer(fields: type, body: "access_token=ticket&token_type=Bearer")
        case "/parameters": return body.contains("client_secret=hunter2%2B%26") ? Answer(body: token) : refusal
        case "/user": return field("authorization", head) == "Basic dTpw" ? Answer(body: token) : refusal
        case "/empty": return Answer(body: "{}")
        case "/rubbish": return Answer(body: "<html>")
        case "/stays": return Answer(status: "307 There", fields: "Location: /token\r\n")
        case "/gets": return Answer(status: "302 There", fields: "Location: /token\r\n")
        case "/silent": return nil
        case "/huge": return Answer(body: #"{"access_token": "\#(String(repeating: "x", count: 1 << 20))"}"#)
        case "/secret": return Answer(body: #"{"access_token": "hunter3\u0000"}"#)
        default: return refusal
        }
    }
}
