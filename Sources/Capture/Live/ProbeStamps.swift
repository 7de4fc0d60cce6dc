internal import CLinux
internal import CPcap
internal import Glibc
public import Model
internal import Synchronization
internal import Wire

/// What the captured interfaces show of the connections of probes: probes register, capture threads stamp, whoever counts
/// the outcome takes. Any thread may call it; it allocates for connections, never for packets.
public final class ProbeStamps: ConnectionWitness {
    fileprivate struct Entry {
        var ticket: UInt64
        /// Wall clock in nanoseconds; what was captured before belongs to an earlier connection over the same ports.
        var since: Int64
        var stamps = WireStamps()
        /// The interface that showed the first SYN; another one may show the same packets once more.
        var interface: Int?
        /// Behind the first segment with data, and behind the last.
        var firstEnd: UInt32 = 0
        var lastEnd: UInt32 = 0
        /// Of the last packet that we sent.
        var lastTime: Int64 = 0
        var lastIdentification: UInt32 = 0
        var lastSequence: UInt32 = 0
        var lastLength: UInt32 = 0
    }

    private struct State {
        var entries: [ProbeConnection: Entry] = [:]
        var connections: [UInt64: ProbeConnection] = [:]
        var uses: [UInt16: Int] = [:]
        var nextTicket: UInt64 = 1
    }

    /// A capture that stamps; while there is one, connections are expected.
    final class Watch: Sendable {
        private let stamps: ProbeStamps

        init(_ stamps: ProbeStamps) {
            self.stamps = stamps
            stamps.watchers.add(1, ordering: .releasing)
        }

        deinit { stamps.watchers.subtract(1, ordering: .releasing) }
    }

    private let watchers = Atomic(0)
    private let state = Mutex(State())
    /// A bit for each local port of a connection that is expected: what every packet is asked before the lock is taken.
    private let ports: InlineArray<1024, Atomic<UInt64>>

    /// Connections that are remembered; the oldest go.
    private static let limit = 8192
    /// What nobody has asked for until then is forgotten.
    private static let memory: Int64 = 120_000_000_000
    /// The clocks of adapter and system may differ by this much.
    private static let slack: Int64 = 1_000_000

    public init() {
        ports = InlineArray { _ in Atomic(0) }
    }

    public var isWatching: Bool { watchers.load(ordering: .acquiring) > 0 }

    public func expect(_ connection: ProbeConnection) -> UInt64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        let wall = Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
        return state.withLock { state in
            if let old = state.entries[connection] { remove(old.ticket, &state) }
            if state.entries.count >= Self.limit { forget(before: wall &- Self.memory, &state) }
            let ticket = state.nextTicket
            state.nextTicket += 1
            state.entries[connection] = Entry(ticket: ticket, since: wall &- Self.slack)
            state.connections[ticket] = connection
            state.uses[connection.localPort, default: 0] += 1
            mark(connection.localPort, isUsed: true)
            return ticket
        }
    }

    /// What was seen of a connection so far; it is forgotten by that.
    public func take(_ ticket: UInt64) -> WireStamps? {
        state.withLock { state in
            guard let connection = state.connections[ticket] else { return nil }
            let stamps = state.entries[connection]?.stamps
            remove(ticket, &state)
            return stamps
        }
    }

    private func remove(_ ticket: UInt64, _ state: inout State) {
        guard let connection = state.connections.removeValue(forKey: ticket) else { return }
        state.entries[connection] = nil
        let uses = (state.uses[connection.localPort] ?? 1) - 1
        state.uses[connection.localPort] = uses > 0 ? uses : nil
        if uses <= 0 { mark(connection.localPort, isUsed: false) }
    }

    private func forget(before time: Int64, _ state: inout State) {
        for (ticket, connection) in state.connections where (state.entries[connection]?.since ?? 0) < time {
            remove(ticket, &state)
        }
        // All are young: the ones that came first go.
        guard state.entries.count >= Self.limit else { return }
        for ticket in state.connections.keys.sorted().prefix(Self.limit / 8) { remove(ticket, &state) }
    }

    private func mark(_ port: UInt16, isUsed: Bool) {
        let bit = UInt64(1) << UInt64(port & 63)
        if isUsed {
            ports[Int(port >> 6)].bitwiseOr(bit, ordering: .releasing)
        } else {
            ports[Int(port >> 6)].bitwiseAnd(~bit, ordering: .releasing)
        }
    }

    @inline(__always)
    private func isExpected(_ port: UInt16) -> Bool {
        ports[Int(port >> 6)].load(ordering: .relaxed) & UInt64(1) << UInt64(port & 63) != 0
    }

    // MARK: Packets

    /// Takes a TCP packet.
    @inline(__always)
    func see(_ view: PacketView, time: Int64, interface: Int) {
        if isExpected(view.sourcePort) {
            stamp(view, time, interface, isOurs: true)
        }
        if isExpected(view.destinationPort) {
            stamp(view, time, interface, isOurs: false)
        }
    }

    @inline(never)
    private func stamp(_ view: PacketView, _ time: Int64, _ interface: Int, isOurs: Bool) {
        let connection =
            isOurs
            ? ProbeConnection(
                localPort: view.sourcePort,
                remote: view.destination,
                remotePort: view.destinationPort
            )
            : ProbeConnection(localPort: view.destinationPort, remote: view.source, remotePort: view.sourcePort)
        state.withLock { state in
            guard let place = state.entries.index(forKey: connection) else { return }
            state.entries.values[place].take(view, time, interface, isOurs: isOurs)
        }
    }
}

extension ProbeStamps.Entry {
    fileprivate mutating func take(_ view: PacketView, _ time: Int64, _ source: Int, isOurs: Bool) {
        guard time >= since, interface == nil || interface == source else { return }
        if isOurs { sent(view, time, source) } else { received(view, time) }
    }

    private mutating func sent(_ view: PacketView, _ time: Int64, _ source: Int) {
        let flags = view.flags.rawValue
        defer {
            lastTime = time
            (lastIdentification, lastSequence) = (view.identification, view.sequence)
            lastLength = view.payloadLength
        }
        guard !isCopy(view, time) else { return }
        if flags & 0x12 == 0x02 {
            interface = source
            if stamps.sent == nil { stamps.sent = time }
            stamps.synchronizations += 1
        }
        guard view.payloadLength > 0, stamps.sent != nil else { return }
        let end = view.sequence &+ view.payloadLength
        if stamps.asked == nil {
            stamps.asked = time
            (firstEnd, lastEnd) = (end, end)
        } else if Int32(bitPattern: end &- lastEnd) > 0 {
            lastEnd = end
        } else {
            stamps.repetitions += 1
        }
    }

    /// The same packet shown twice, as by a mirror: a sender that repeats waits longer.
    private func isCopy(_ view: PacketView, _ time: Int64) -> Bool {
        time &- lastTime < 1_000_000 && view.sequence == lastSequence && view.identification == lastIdentification
            && view.payloadLength == lastLength && stamps.sent != nil
            && (view.payloadLength > 0 || view.flags.rawValue & 0x02 != 0)
    }

    private mutating func received(_ view: PacketView, _ time: Int64) {
        guard stamps.sent != nil else { return }
        let flags = view.flags.rawValue
        if stamps.answered == nil, flags & 0x12 == 0x12 || flags & 0x04 != 0 {
            stamps.answered = time
            stamps.isRefused = flags & 0x04 != 0
        }
        if flags & 0x10 != 0, stamps.asked != nil, stamps.acknowledged == nil,
            Int32(bitPattern: view.acknowledgement &- firstEnd) >= 0
        {
            stamps.acknowledged = time
        }
        if view.payloadLength > 0, stamps.firstByte == nil { stamps.firstByte = time }
    }
}
