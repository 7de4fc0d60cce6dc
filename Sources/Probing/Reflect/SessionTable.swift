public import Sockets
public import Wire

/// Whose test packets a stateful reflector counts together (RFC 8762 §4.3, RFC 8972 §3).
public struct STAMPSession: Hashable, Sendable {
    public var sender: SocketAddress
    /// Whom the packets were sent to; nil where the kernel did not say.
    public var reflector: IPAddress?
    public var port: UInt16
    public var sessionID: UInt16

    public init(sender: SocketAddress, reflector: IPAddress?, port: UInt16, sessionID: UInt16) {
        self.sender = sender
        self.reflector = reflector
        self.port = port
        self.sessionID = sessionID
    }
}

/// The sequence numbers of a stateful reflector: each session counts its answers from 0. A session that was silent for
/// the idle time starts anew, and when the table is full the one that was silent longest goes.
public struct SessionTable: Sendable {
    private struct Slot {
        var session: STAMPSession
        var sequence: UInt32
        var usedAt: Int64
        /// Towards those that were used later; -1 at the end.
        var newer: Int32 = -1
        /// Towards those that were used earlier; -1 at the end.
        var older: Int32 = -1
    }

    private let capacity: Int
    private let idle: Int64
    private var slots: ContiguousArray<Slot> = []
    private var places: [STAMPSession: Int32] = [:]
    private var newest: Int32 = -1
    private var oldest: Int32 = -1

    /// - Parameters:
    ///   - capacity: sessions at once, at least 1.
    ///   - idleSeconds: RFC 8762's REFWAIT, 900 s unless said.
    public init(capacity: Int = 4096, idleSeconds: Int64 = 900) {
        self.capacity = max(1, capacity)
        idle = idleSeconds * 1_000_000_000
    }

    public var count: Int { slots.count }

    /// The number of the answer to a packet of the session.
    /// - Parameter now: nanoseconds of the monotonic clock.
    public mutating func next(_ session: STAMPSession, now: Int64) -> UInt32 {
        guard let place = places[session] else { return enter(session, now) }
        let index = Int(place)
        slots[index].sequence = now &- slots[index].usedAt > idle ? 0 : slots[index].sequence &+ 1
        slots[index].usedAt = now
        if newest != place {
            unlink(place)
            linkNewest(place)
        }
        return slots[index].sequence
    }

    private mutating func enter(_ session: STAMPSession, _ now: Int64) -> UInt32 {
        let slot = Slot(session: session, sequence: 0, usedAt: now)
        let place: Int32
        if slots.count < capacity {
            place = Int32(slots.count)
            slots.append(slot)
        } else {
            place = oldest
            unlink(place)
            places[slots[Int(place)].session] = nil
            slots[Int(place)] = slot
        }
        places[session] = place
        linkNewest(place)
        return 0
    }

    private mutating func unlink(_ place: Int32) {
        let (newer, older) = (slots[Int(place)].newer, slots[Int(place)].older)
        if newer >= 0 { slots[Int(newer)].older = older } else { newest = older }
        if older >= 0 { slots[Int(older)].newer = newer } else { oldest = newer }
    }

    private mutating func linkNewest(_ place: Int32) {
        slots[Int(place)].older = newest
        slots[Int(place)].newer = -1
        if newest >= 0 { slots[Int(newest)].newer = place } else { oldest = place }
        newest = place
    }
}
