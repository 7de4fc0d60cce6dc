import Document
import Model

/// How much of a URL may be shown.
enum URLDisplay {
    /// All but user name, password and query.
    case whole
    /// Scheme, host and port: the path of a webhook is its key.
    case hostOnly
}

extension Format where Value == SecretURL {
    /// An http or https URL (RFC 3986), with `${NAME}` of the environment where wanted. Messages never quote it.
    static func url(_ variables: Variables, display: URLDisplay, schemes: [String] = ["http", "https"]) -> Self {
        let allowed = schemes.map { "\($0)://HOST[:PORT]/PATH" }.joined(separator: " or ")
        return scalar("a URL", allowed: allowed, takesVariables: true) { text throws(ScalarError) in
            let expansion = try variables.expand(text)
            let parts = try URLParts(expansion.text, schemes: schemes)
            let shown = expansion.hasVariables ? URLParts.unchecked(expansion.shown) : parts
            let secret = Secret(trimmed(expansion.text))
            return SecretURL(secret: secret, redacted: shown.map { $0.redacted(display) } ?? Secret.placeholder)
        }
    }

    /// `http://host/` and `http://host` are one.
    private static func trimmed(_ text: String) -> String {
        text.last == "/" && text.split(separator: "/").count == 2 ? String(text.dropLast()) : text
    }
}

/// The parts of a URL that matter for showing it.
struct URLParts {
    var scheme: Substring
    var userInfo: Substring?
    /// Host and port as written.
    var authority: Substring
    var path: Substring
    var query: Substring?

    /// - Throws: what is wrong with it, without a word of its own.
    init(_ text: String, schemes: [String]) throws(ScalarError) {
        let plain = text.split(separator: Secret.placeholder, omittingEmptySubsequences: false).joined(
            separator: "secret"
        )
        guard text != Secret.placeholder else {
            self.init(scheme: "", userInfo: nil, authority: "", path: Substring(text), query: nil)
            return
        }
        let isPrintable = plain.utf8.allSatisfy { (33...126).contains($0) && !#""<>\^`{|}"#.utf8.contains($0) }
        guard isPrintable else {
            throw ScalarError("the URL holds a space or another character that must be %-encoded")
        }
        guard let parts = Self.unchecked(text), schemes.contains(parts.scheme.lowercased()) else {
            throw ScalarError("the URL does not begin with \(schemes.map { $0 + "://" }.joined(separator: " or "))")
        }
        let authority = parts.authority.split(separator: Secret.placeholder, omittingEmptySubsequences: false)
        do throws(TargetError) {
            _ = try Target(parsing: "https://" + authority.joined(separator: "secret"))
        } catch {
            throw ScalarError("the host or port of the URL is wrong")
        }
        self = parts
    }

    private init(scheme: Substring, userInfo: Substring?, authority: Substring, path: Substring, query: Substring?) {
        self.scheme = scheme
        self.userInfo = userInfo
        self.authority = authority
        self.path = path
        self.query = query
    }

    /// Splits without judging; nil without `://`.
    static func unchecked(_ text: String) -> Self? {
        guard let colon = text.firstRange(of: "://") else { return nil }
        let rest = text[colon.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let authority = rest[..<end]
        let tail = rest[end...]
        let at = authority.lastIndex(of: "@")
        let mark = tail.firstIndex { $0 == "?" || $0 == "#" }
        return Self(
            scheme: text[..<colon.lowerBound],
            userInfo: at.map { authority[..<$0] },
            authority: at.map { authority[authority.index(after: $0)...] } ?? authority,
            path: mark.map { tail[..<$0] } ?? tail,
            query: mark.map { tail[$0...] }
        )
    }

    func redacted(_ display: URLDisplay) -> String {
        guard !scheme.isEmpty else { return Secret.placeholder }
        let user = userInfo.map { _ in Secret.placeholder + "@" } ?? ""
        let start = "\(scheme)://\(user)\(authority)"
        switch display {
        case .whole: return start + (path == "/" ? "" : path) + (query.map { _ in "?" + Secret.placeholder } ?? "")
        case .hostOnly: return path.count <= 1 && query == nil ? start : "\(start)/\(Secret.placeholder)"
        }
    }
}
