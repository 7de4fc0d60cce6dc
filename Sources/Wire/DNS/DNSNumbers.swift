/// Type of a resource record (IANA "Domain Name System (DNS) Parameters"); unknown numbers are kept.
public struct DNSRecordType: Hashable, Sendable, RawRepresentable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let a = DNSRecordType(rawValue: 1)
    public static let ns = DNSRecordType(rawValue: 2)
    public static let cname = DNSRecordType(rawValue: 5)
    public static let soa = DNSRecordType(rawValue: 6)
    public static let ptr = DNSRecordType(rawValue: 12)
    public static let mx = DNSRecordType(rawValue: 15)
    public static let txt = DNSRecordType(rawValue: 16)
    public static let aaaa = DNSRecordType(rawValue: 28)
    public static let srv = DNSRecordType(rawValue: 33)
    public static let opt = DNSRecordType(rawValue: 41)
    public static let any = DNSRecordType(rawValue: 255)

    private static let names: [(UInt16, String)] = [
        (1, "A"), (2, "NS"), (5, "CNAME"), (6, "SOA"), (12, "PTR"), (13, "HINFO"), (15, "MX"), (16, "TXT"),
        (28, "AAAA"), (33, "SRV"), (35, "NAPTR"), (39, "DNAME"), (41, "OPT"), (43, "DS"), (46, "RRSIG"), (47, "NSEC"),
        (48, "DNSKEY"), (50, "NSEC3"), (52, "TLSA"), (64, "SVCB"), (65, "HTTPS"), (252, "AXFR"), (255, "ANY"),
        (257, "CAA"),
    ]
}

extension DNSRecordType: LosslessStringConvertible {
    /// `AAAA`, in any case, or `TYPE65` for any number (RFC 3597 §5).
    public init?(_ text: some StringProtocol) {
        let wanted = text.uppercased()
        if let known = Self.names.first(where: { $0.1 == wanted }) {
            rawValue = known.0
        } else if wanted.hasPrefix("TYPE"), let number = UInt16(wanted.dropFirst(4)), !wanted.contains("+") {
            rawValue = number
        } else {
            return nil
        }
    }

    public var description: String {
        Self.names.first { $0.0 == rawValue }?.1 ?? "TYPE\(rawValue)"
    }
}

/// Class of a record; practically always `IN`.
public struct DNSClass: Hashable, Sendable, RawRepresentable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let internet = DNSClass(rawValue: 1)
    public static let chaos = DNSClass(rawValue: 3)
    public static let any = DNSClass(rawValue: 255)
}

/// How a server answered (IANA "DNS RCODEs"): four bits of the header, twelve with EDNS (RFC 6891 §6.1.3).
public struct DNSResponseCode: Hashable, Sendable, RawRepresentable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let noError = DNSResponseCode(rawValue: 0)
    public static let formatError = DNSResponseCode(rawValue: 1)
    public static let serverFailure = DNSResponseCode(rawValue: 2)
    /// The name does not exist (RFC 8020).
    public static let nameError = DNSResponseCode(rawValue: 3)
    public static let notImplemented = DNSResponseCode(rawValue: 4)
    public static let refused = DNSResponseCode(rawValue: 5)
    public static let badVersion = DNSResponseCode(rawValue: 16)
}

extension DNSResponseCode: CustomStringConvertible {
    /// The IANA name; of an unknown one `RCODE17`.
    public var description: String {
        switch rawValue {
        case 0: "NOERROR"
        case 1: "FORMERR"
        case 2: "SERVFAIL"
        case 3: "NXDOMAIN"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        case 6: "YXDOMAIN"
        case 7: "YXRRSET"
        case 8: "NXRRSET"
        case 9: "NOTAUTH"
        case 10: "NOTZONE"
        case 11: "DSOTYPENI"
        case 16: "BADVERS"
        case 23: "BADCOOKIE"
        default: "RCODE\(rawValue)"
        }
    }
}
