internal import Model

/// One entry of a proxy's allow-list: which hosts it lets through.
///
/// `host`, `*.domain` (every name below), `.domain` (Squid: the domain and every name below), `*`, each also as a URL
/// (`https://*.domain/*`) or with a port. A `*` elsewhere stands for any characters.
public struct HostPattern: Hashable, Sendable {
    private enum Form: Hashable, Sendable {
        case everything
        case exactly(String)
        case below(String, andItself: Bool)
        case glob([String])
    }

    private var form: Form
    private var scheme: String?
    private var port: UInt16?

    /// - Returns: nil for a text that is no pattern of hosts.
    public init?(_ text: some StringProtocol) {
        var rest = Substring(text.lowercased())
        if let separator = rest.firstRange(of: "://") {
            scheme = String(rest[..<separator.lowerBound])
            rest = rest[separator.upperBound...]
            if scheme == "*" { scheme = nil }
        }
        rest = rest.prefix { $0 != "/" && $0 != "?" }
        if let colon = rest.lastIndex(of: ":"), let number = UInt16(rest[rest.index(after: colon)...]) {
            port = number
            rest = rest[..<colon]
        }
        let isName = rest.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (48...57).contains(byte) || "-._*".utf8.contains(byte)
        }
        guard !rest.isEmpty, rest.utf8.count <= 253, isName, rest != ".", rest != "*." else { return nil }
        if rest == "*" {
            form = .everything
        } else if rest.hasPrefix("*."), !rest.dropFirst(2).contains("*") {
            form = .below(String(rest.dropFirst(2)), andItself: false)
        } else if rest.hasPrefix("."), !rest.contains("*") {
            form = .below(String(rest.dropFirst()), andItself: true)
        } else if rest.contains("*") {
            form = .glob(rest.split(separator: "*", omittingEmptySubsequences: false).map(String.init))
        } else {
            form = .exactly(String(rest))
        }
    }

    /// Whether it lets an endpoint through: of a pattern every name below it.
    public func covers(_ endpoint: EndpointProfile.Endpoint) -> Bool {
        guard reaches(endpoint.target) else { return false }
        let host = endpoint.target.host.lowercased()
        guard endpoint.isPattern else { return matches(host) }
        switch form {
        case .everything: return true
        case .below(let domain, _): return host == domain || host.hasSuffix("." + domain)
        case .exactly: return false
        // `*blob.core.windows.net`: everything that ends so.
        case .glob(let parts): return parts.count == 2 && parts[0].isEmpty && ("." + host).hasSuffix(parts[1])
        }
    }

    private func reaches(_ target: Target) -> Bool {
        if let scheme, scheme != target.scheme.rawValue { return false }
        return port.map { $0 == target.port } ?? true
    }

    private func matches(_ host: String) -> Bool {
        switch form {
        case .everything: true
        case .exactly(let name): host == name
        case .below(let domain, let itself): host.hasSuffix("." + domain) || itself && host == domain
        case .glob(let parts): Self.matches(host, parts)
        }
    }

    /// The parts in their order, the first at the beginning, the last at the end.
    private static func matches(_ host: String, _ parts: [String]) -> Bool {
        guard let first = parts.first, let last = parts.last, host.hasPrefix(first) else { return false }
        var rest = host.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}

extension HostPattern {
    /// The entries of an allow-list: one a line, `#` begins a comment.
    /// - Returns: at most `most`; what is no pattern is left out.
    public static func list(_ text: String, most: Int = 10_000) -> [HostPattern] {
        let lines = text.split(whereSeparator: \.isNewline).lazy.compactMap { line -> HostPattern? in
            line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).first.flatMap { HostPattern($0) }
        }
        return Array(lines.prefix(most))
    }
}
