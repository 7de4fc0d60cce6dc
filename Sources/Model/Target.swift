public import Wire

/// What is probed: a URL whose scheme names the probe. A bare host means `icmp://` (contract §2).
public struct Target: Hashable, Sendable {
    public enum Scheme: String, CaseIterable, Sendable {
        case icmp, tcp, tls, http, https, dns, udp, stamp, ike, bfd

        /// The port where none is written (STAMP: RFC 8762, IKE: RFC 7296, BFD: RFC 5881); nil where one must be.
        public var defaultPort: UInt16? {
            switch self {
            case .icmp, .tcp, .udp: nil
            case .tls, .https: 443
            case .http: 80
            case .dns: 53
            case .stamp: 862
            case .ike: 500
            case .bfd: 3784
            }
        }

        public var needsPort: Bool { self == .tcp || self == .udp }

        /// What `serve` and `probe` can ask. UDP is traced, and BFD observed.
        public var hasProbe: Bool { self != .udp && self != .bfd }
    }

    public var scheme: Scheme
    /// A name or an address; IPv6 without brackets.
    public var host: String
    /// As written or the scheme's default; nil for ICMP only.
    public var port: UInt16?
    /// What follows the authority, with its leading `/` or `?`; empty for none.
    public var path: String

    public init(scheme: Scheme, host: String, port: UInt16? = nil, path: String = "") {
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.defaultPort
        self.path = path
    }

    /// The host as an address, when it is one.
    public var address: IPAddress? { IPAddress(host) }
}

/// Why a text is no target; the description names what is wrong and what is allowed.
public struct TargetError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

extension Target {
    /// - Throws: `TargetError` that names the wrong part.
    public init(parsing text: String) throws(TargetError) {
        guard !text.isEmpty else { throw TargetError("a target is empty") }
        var rest = Substring(text)
        var scheme = Scheme.icmp
        if let separator = text.firstRange(of: "://") {
            let name = text[..<separator.lowerBound]
            guard let known = Scheme(rawValue: name.lowercased()) else {
                let allowed = Scheme.allCases.map(\.rawValue).joined(separator: ", ")
                throw TargetError("unknown scheme '\(name)'; allowed: \(allowed)")
            }
            scheme = known
            rest = text[separator.upperBound...]
        } else if IPAddress(text) != nil {
            self.init(scheme: .icmp, host: text)
            return
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = String(rest.dropFirst(authority.count))
        guard !authority.contains("@") else {
            throw TargetError("a target holds no user name or password")
        }
        let (host, port) = try Self.split(authority)
        try Self.validate(host: host)
        if scheme == .icmp, port != nil { throw TargetError("icmp takes no port") }
        if scheme.needsPort, port == nil {
            throw TargetError("\(scheme.rawValue) needs a port: \(scheme.rawValue)://\(host):PORT")
        }
        if !path.isEmpty, path != "/", ![.http, .https, .dns].contains(scheme) {
            throw TargetError("\(scheme.rawValue) takes no path: '\(path)'")
        }
        let keepsPath = [.http, .https, .dns].contains(scheme)
        self.init(scheme: scheme, host: host, port: port, path: keepsPath ? path : "")
    }

    /// Reads what is to be probed.
    /// - Throws: `TargetError` also for an address that no host can have.
    public static func probed(_ text: String) throws(TargetError) -> Target {
        let target = try Target(parsing: text)
        if let address = target.address, !address.isOfHost {
            throw TargetError("'\(target.host)' is no address of a host: unspecified, multicast, broadcast or reserved")
        }
        if case .v6(let address)? = target.address, address.high >> 54 == 0x3FA {
            throw TargetError(
                "'\(target.host)' is link-local: it says nothing without an interface; take a global address"
            )
        }
        if target.scheme == .dns, target.path.drop(while: { $0 == "/" }).prefix(while: { $0 != "?" }).isEmpty {
            throw TargetError("'\(text)' names no domain to ask for; write dns://SERVER/NAME?type=A")
        }
        return target
    }

    private static func split(_ authority: Substring) throws(TargetError) -> (host: String, port: UInt16?) {
        guard !authority.contains("%") else {
            throw TargetError("'\(authority)': an address takes no zone here; bind the probe to the interface instead")
        }
        var host = authority
        var portText: Substring?
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else { throw TargetError("'[' without ']'") }
            host = authority[authority.index(after: authority.startIndex)..<close]
            guard IPv6Address(host) != nil else { throw TargetError("'\(host)' is no IPv6 address") }
            let tail = authority[authority.index(after: close)...]
            if !tail.isEmpty {
                guard tail.first == ":" else { throw TargetError("unexpected '\(tail)' after the address") }
                portText = tail.dropFirst()
            }
        } else if IPv6Address(authority) != nil {
            return (String(authority), nil)
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        guard let portText else { return (String(host), nil) }
        guard portText.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(portText), port > 0 else {
            throw TargetError("'\(portText)' is no port; allowed: 1 to 65535")
        }
        return (String(host), port)
    }

    private static func validate(host: String) throws(TargetError) {
        guard !host.isEmpty else { throw TargetError("the host is missing") }
        if IPAddress(host) != nil { return }
        let isNumeric = host.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
        guard !isNumeric else { throw TargetError("'\(host)' is no IPv4 address") }
        let isName = host.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let fits = host.utf8.count <= 253 && labels.dropLast().allSatisfy { (1...63).contains($0.utf8.count) }
        guard isName, fits, (labels.last?.utf8.count ?? 0) <= 63 else {
            throw TargetError("'\(host)' is no host name or address")
        }
    }
}

extension Target: CustomStringConvertible {
    /// The URL; the port is left out where it is the scheme's default.
    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        let suffix = port.flatMap { $0 == scheme.defaultPort ? nil : ":\($0)" } ?? ""
        return "\(scheme.rawValue)://\(name)\(suffix)\(path)"
    }
}
