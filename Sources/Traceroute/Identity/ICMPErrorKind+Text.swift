internal import Model
internal import Wire

extension ICMPErrorKind {
    /// For people: `administratively prohibited`.
    var text: String {
        switch self {
        case .netUnreachable: "in a network that it cannot reach"
        case .hostUnreachable: "a host that it cannot reach"
        case .protocolUnreachable: "without this protocol"
        case .portUnreachable: "without this port"
        case .adminProhibited: "administratively prohibited"
        case .fragmentationNeeded(let mtu) where mtu == 0: "behind a link that carries less, it does not say how much"
        case .fragmentationNeeded(let mtu): "behind a link of \(mtu) bytes"
        case .sourceRouteFailed: "not reachable by source route"
        case .ttlExceeded: "too far away"
        case .reassemblyTimeExceeded: "not reassembled in time"
        case .parameterProblem: "not reachable with this header"
        case .other(let type, let code): "refused with ICMP type \(type), code \(code)"
        }
    }

    /// What it is called (RFC 792, RFC 1122 §3.2.2.1), for people: of one that speaks of itself.
    var name: String {
        switch self {
        case .netUnreachable: "network unreachable"
        case .hostUnreachable: "host unreachable"
        case .protocolUnreachable: "protocol unreachable"
        case .portUnreachable: "port unreachable"
        case .fragmentationNeeded: "fragmentation needed"
        case .adminProhibited, .sourceRouteFailed, .ttlExceeded, .reassemblyTimeExceeded, .parameterProblem, .other:
            text
        }
    }

    /// One word for tables and JSON, of contract §8 where it has one.
    var word: String {
        switch self {
        case .netUnreachable: Reason.unreachableNet.rawValue
        case .hostUnreachable: Reason.unreachableHost.rawValue
        case .protocolUnreachable: "unreachable_protocol"
        case .portUnreachable: Reason.unreachablePort.rawValue
        case .adminProhibited: Reason.adminProhibited.rawValue
        case .fragmentationNeeded: Reason.fragmentationNeeded.rawValue
        case .ttlExceeded: Reason.ttlExceeded.rawValue
        case .sourceRouteFailed, .reassemblyTimeExceeded, .parameterProblem, .other: "unreachable_other"
        }
    }
}
