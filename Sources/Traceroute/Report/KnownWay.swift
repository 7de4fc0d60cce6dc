public import Wire

/// The way to a target as successive traces show it. A hop that is silent this time is no change: routers limit what they
/// answer.
public struct KnownWay: Hashable, Sendable {
    /// By TTL from 1; nil where nobody ever answered.
    public private(set) var responders: [IPAddress?]

    /// What packets leave by; nil where it is not known.
    public private(set) var interface: String?

    public init(_ responders: [IPAddress?], interface: String? = nil) {
        self.responders = responders
        self.interface = interface
    }

    /// 48 bits over the ordered responders.
    public var hash: UInt64 {
        RouteHash.value(responders.enumerated().map { ($0.offset + 1, $0.element.map { [$0] } ?? []) })
    }

    public var hashText: String { RouteHash.text(hash) }

    public var text: String { responders.map { $0?.description ?? "*" }.joined(separator: " > ") }

    /// Takes a newer trace.
    /// - Returns: whether it shows another way.
    public mutating func update(_ newer: [IPAddress?], interface other: String? = nil) -> Bool {
        let leavesElsewhere = if let interface, let other { interface != other } else { false }
        interface = other ?? interface
        let contradicts = zip(responders, newer).contains { old, new in
            if let old, let new { old != new } else { false }
        }
        guard newer.count == responders.count, !contradicts, !leavesElsewhere else {
            responders = newer
            return true
        }
        for (index, address) in newer.enumerated() { responders[index] = address ?? responders[index] }
        return false
    }
}
