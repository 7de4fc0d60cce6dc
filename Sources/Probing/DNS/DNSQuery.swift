public import Model
public import Wire

/// What a name server is asked: `dns://SERVER/NAME?type=A&transport=udp`.
public struct DNSQuery: Hashable, Sendable {
    public enum Transport: String, CaseIterable, Sendable {
        /// TCP where the answer is truncated (RFC 7766).
        case udp
        case tcp
    }

    public var name: DNSName
    public var type: DNSRecordType
    public var transport: Transport
    /// The values that an answer may hold; empty for any.
    public var expected: [String]

    public init(name: DNSName, type: DNSRecordType = .a, transport: Transport = .udp, expected: [String] = []) {
        self.name = name
        self.type = type
        self.transport = transport
        self.expected = expected
    }
}

extension DNSQuery {
    /// Reads the part behind the server.
    /// - Throws: `TargetError` that names the wrong part.
    public init(path: String, expected: [String] = []) throws(TargetError) {
        let text = path.hasPrefix("/") ? path.dropFirst() : path[...]
        let question = text.prefix { $0 != "?" }
        guard !question.isEmpty, let name = DNSName(question) else {
            throw TargetError("'\(question)' is no domain name; write dns://SERVER/NAME?type=A")
        }
        self.init(name: name, expected: expected)
        for pair in text.dropFirst(question.count + 1).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            let value = parts.count == 2 ? parts[1] : ""
            switch parts[0] {
            case "type":
                guard let type = DNSRecordType(value) else {
                    throw TargetError(
                        "'\(value)' is no record type; allowed: A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT …"
                    )
                }
                self.type = type
            case "transport":
                guard let transport = Transport(rawValue: value.lowercased()) else {
                    throw TargetError("'\(value)' is no transport; allowed: udp, tcp")
                }
                self.transport = transport
            default:
                throw TargetError("unknown parameter '\(parts[0])'; allowed: type, transport")
            }
        }
    }
}

/// What an answer of a name server is worth. Pure.
struct DNSVerdict: Equatable {
    /// Nil when it is good.
    var reason: Reason?
    var message: String?
    var facts: DNSFacts

    init(_ answer: DNSMessage, to query: DNSQuery, over transport: DNSQuery.Transport) {
        facts = DNSFacts(
            responseCode: answer.responseCode.description,
            transport: transport.rawValue,
            answers: answer.answers.prefix(64).map(DNSFacts.Record.init)
        )
        switch answer.responseCode {
        case .noError: judge(answer.resolution(of: query.name, query.type), query)
        case .nameError: fail(.dnsNXDomain, "the server says that \(query.name) does not exist")
        case .serverFailure: fail(.dnsServFail, "the server could not find out about \(query.name)")
        default: fail(.dnsError, "the server answers \(answer.responseCode)")
        }
    }

    private mutating func fail(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    private mutating func judge(_ resolution: DNSResolution, _ query: DNSQuery) {
        guard !resolution.isLoop else { return fail(.dnsError, "the aliases of \(query.name) lead in a circle") }
        let values = resolution.data.map(DNSFacts.Record.text)
        guard !values.isEmpty || query.type == .any else {
            return fail(.dnsError, "\(query.name) has no \(query.type) record")
        }
        guard !query.expected.isEmpty else { return }
        let allowed = Set(query.expected.map(Self.canonical))
        let strangers = values.filter { !allowed.contains(Self.canonical($0)) }
        guard strangers.isEmpty else {
            return fail(.expectMismatch, "the answer holds \(strangers.prefix(4).joined(separator: ", "))")
        }
    }

    private static func canonical(_ text: String) -> String {
        let lower = text.lowercased()
        return lower.count > 1 && lower.hasSuffix(".")
            ? String(lower.dropLast()) : IPAddress(lower)?.description ?? lower
    }
}

extension DNSFacts.Record {
    init(_ record: DNSRecord) {
        self.init(
            name: record.name.description,
            type: record.type.description,
            ttl: record.ttl,
            value: Self.text(record.data)
        )
    }

    /// In the form of zone files (RFC 1035 §5.1).
    static func text(_ data: DNSRecordData) -> String {
        switch data {
        case .a(let address): "\(address)"
        case .aaaa(let address): "\(address)"
        case .cname(let name), .ns(let name), .ptr(let name): "\(name)"
        case .mx(let preference, let exchange): "\(preference) \(exchange)"
        case .soa(let soa):
            "\(soa.primary) \(soa.mailbox) \(soa.serial) \(soa.refresh) \(soa.retry) \(soa.expire) \(soa.minimum)"
        case .srv(let priority, let weight, let port, let target): "\(priority) \(weight) \(port) \(target)"
        case .txt(let strings):
            strings.map { "\"\(String(decoding: $0.map { (32..<127).contains($0) ? $0 : 63 }, as: UTF8.self))\"" }
                .joined(separator: " ")
        case .other(_, let bytes): "\\# \(bytes.count)"
        }
    }
}
