public import Model
public import Sockets
public import Wire

/// Whom a reflector answers: never a server, a group or a broadcast, so that no two reflectors can be set upon each
/// other and nobody can be flooded through one.
public struct ReflectorRules: Sendable {
    private let ownPorts: Set<UInt16>

    /// - Parameter ownPorts: on which this reflector listens.
    public init(ownPorts: Set<UInt16>) {
        self.ownPorts = ownPorts
    }

    /// - Parameter destination: whom the packet was sent to; nil where the kernel did not say.
    public func permits(source: SocketAddress, destination: IPAddress?) -> Bool {
        // Below 1024 are the ports of servers: an answer to one would be taken for a question.
        guard source.port >= 1024, !ownPorts.contains(source.port) else { return false }
        guard Self.isUnicast(source.address) else { return false }
        return destination.map(Self.isUnicast) ?? true
    }

    static func isUnicast(_ address: IPAddress) -> Bool {
        switch address {
        // 0/8, 224/4 and 240/4 with the limited broadcast.
        case .v4(let value): value.rawValue >> 24 != 0 && value.rawValue < 0xE000_0000
        case .v6(let value): value.high >> 56 != 0xFF && !(value.high == 0 && value.low == 0)
        }
    }
}

/// A token bucket: `perSecond` on average, a tenth of a second's worth at once.
public struct RateBound: Sendable {
    private let perSecond: Int64
    private let burst: Int64
    /// In billionths of a packet.
    private var credit: Int64
    private var last: MonotonicTime

    /// - Parameter perSecond: 1 to 1,000,000.
    public init(perSecond: Int, at now: MonotonicTime) {
        self.perSecond = Int64(min(max(1, perSecond), 1_000_000))
        burst = max(1, self.perSecond / 10) * 1_000_000_000
        credit = burst
        last = now
    }

    /// True when one more is within the bound.
    public mutating func take(at now: MonotonicTime) -> Bool {
        let elapsed = min(max(0, now.nanoseconds - last.nanoseconds), 1_000_000_000)
        last = now
        credit = min(burst, credit + elapsed * perSecond)
        guard credit >= 1_000_000_000 else { return false }
        credit -= 1_000_000_000
        return true
    }
}
