internal import Model

/// Where an answer sends the client (RFC 9110 §15.4). Pure.
enum Redirect {
    /// - Returns: nil when the answer is none, when its status is one that was asked for, or when it leads nowhere we go.
    static func target(of head: HeadReader.Head, from target: Target, _ question: HTTPQuestion) -> Target? {
        guard [301, 302, 303, 307, 308].contains(head.status), !question.statuses.contains(head.status),
            let location = head.values(of: "location").first, !location.isEmpty
        else { return nil }
        return resolve(location, against: target)
    }

    /// What is asked next. RFC 9110 §15.4.2 and §15.4.3 allow, and every client does, what §15.4.4 says of 303: all but HEAD
    /// become GET without content; 307 and 308 keep the method and the content.
    static func question(_ asked: HTTPQuestion, after status: Int, from: Target, to: Target) -> HTTPQuestion {
        var next = asked
        if (301...303).contains(status), asked.method != "GET", asked.method != "HEAD" {
            next.method = "GET"
            next.body = nil
        }
        next.fields = fields(asked.fields, from: from, to: to)
        return next
    }

    private static let secretFields: Set = ["authorization", "cookie"]

    /// What goes along: fields such as Authorization are for the host they were written for, and nothing that was said under
    /// TLS is said again in clear.
    static func fields(_ fields: [HTTPResponse.Field], from: Target, to: Target) -> [HTTPResponse.Field] {
        guard from.host == to.host else { return [] }
        guard from.scheme == .https, to.scheme == .http else { return fields }
        return fields.filter { !secretFields.contains($0.name.lowercased()) }
    }

    /// RFC 3986 §5.2 as far as http needs it; nil for another scheme or a host that is none.
    static func resolve(_ location: String, against base: Target) -> Target? {
        let text = location.prefix { $0 != "#" }
        if let colon = text.firstRange(of: "://"), text[..<colon.lowerBound].allSatisfy({ $0.isLetter }) {
            guard let next = try? Target(parsing: String(text)) else { return nil }
            return next.scheme == .http || next.scheme == .https ? next : nil
        }
        if text.hasPrefix("//") { return resolve("\(base.scheme.rawValue):\(text)", against: base) }
        var next = base
        if text.hasPrefix("/") {
            next.path = String(text)
        } else {
            let path = base.path.prefix { $0 != "?" }
            let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
            next.path = String(text.hasPrefix("?") ? path + text : folder + text)
        }
        return next
    }
}
