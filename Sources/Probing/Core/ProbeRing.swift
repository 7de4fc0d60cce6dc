internal import Model

/// The probes of one stream that are open or not yet handed over, in the order of sending, and a memory of those
/// before them. Bounded; time comes in.
struct ProbeRing {
    enum State: Equatable {
        case open
        /// The answer is there, its transmit stamp is not: wait until then.
        case awaitingStamp(until: Int64)
        case settled(Outcome.Result)
        /// Handed over. What came of it tells a second answer from a late one.
        case delivered(answered: Bool)
    }

    struct Entry {
        var sequence: UInt64
        var sentAt: Int64
        var deadline: Int64
        /// When it ended; while it waits for a stamp, when the answer came.
        var settledAt: Int64 = 0
        /// Wall clock minus monotonic clock when it was sent.
        var offset: Int64
        /// Wall clock of the user's reading before the send; for when the kernel's stamp does not come.
        var wallSent: Int64 { sentAt &+ offset }
        var transmitStamp: Int64 = 0
        var receiveStamp: Int64 = 0
        /// Time that the far end kept the packet, in nanoseconds.
        var residence: Int64 = 0
        var state = State.open
        var detail: Detail?
    }

    /// The rare facts, apart from the entry to keep that small.
    final class Detail {
        let value: OutcomeDetail

        init?(_ value: OutcomeDetail?) {
            guard let value else { return nil }
            self.value = value
        }
    }

    /// What an answer was.
    enum Verdict: Equatable {
        case accepted
        /// Accepted, and a later probe was answered before it.
        case overtaken
        case duplicate
        case late
        /// Of no probe we remember.
        case unknown
    }

    private var entries: ContiguousArray<Entry>
    private var mask: UInt64
    /// Most probes open at once. Room is made as it is needed, for twice as many as are open and at least eight.
    let capacity: Int
    /// The oldest not handed over.
    private(set) var head: UInt64
    /// The next to send.
    private(set) var next: UInt64
    private var highestAnswered: UInt64?

    /// How long an answer waits for its transmit stamp.
    static let stampPatience: Int64 = 2_000_000
    /// A change of wall minus monotonic clock above this is a step of the wall clock.
    static let stepLimit: Int64 = 20_000

    /// - Parameters:
    ///   - capacity: probes open at once, at least 1.
    ///   - firstSequence: where the stream counts from.
    init(capacity: Int, firstSequence: UInt64 = 0) {
        self.capacity = max(1, capacity)
        mask = UInt64(Self.leastSize - 1)
        head = firstSequence
        next = firstSequence
        entries = ContiguousArray(repeating: Self.unused, count: Self.leastSize)
    }

    private static let leastSize = 8
    private static var unused: Entry {
        Entry(sequence: .max, sentAt: 0, deadline: 0, offset: 0, state: .delivered(answered: false))
    }

    private mutating func grow() {
        let old = entries
        let size = 2 * old.count
        mask = UInt64(size - 1)
        entries = ContiguousArray(repeating: Self.unused, count: size)
        for entry in old where entry.sequence != .max { entries[Int(entry.sequence & mask)] = entry }
    }

    var hasRoom: Bool { next - head < UInt64(capacity) }
    var openCount: Int { Int(next - head) }

    /// Enters a probe that is being sent.
    /// - Returns: its number; nil when as many as can be are open.
    mutating func open(at now: Int64, offset: Int64, timeout: Int64) -> UInt64? {
        guard hasRoom else { return nil }
        if 2 * (openCount + 1) > entries.count { grow() }
        let sequence = next
        next += 1
        entries[Int(sequence & mask)] = Entry(
            sequence: sequence,
            sentAt: now,
            deadline: now &+ timeout,
            offset: offset
        )
        return sequence
    }

    /// The entry of a probe that is remembered; nil when it was forgotten.
    func entry(_ sequence: UInt64) -> Entry? {
        let entry = entries[Int(sequence & mask)]
        return entry.sequence == sequence ? entry : nil
    }

    func isOpen(_ sequence: UInt64) -> Bool {
        let index = Int(sequence & mask)
        guard entries[index].sequence == sequence else { return false }
        return entries[index].state == .open
    }

    /// The kernel says when the probe left.
    mutating func transmitted(_ sequence: UInt64, stamp: Int64) {
        let index = Int(sequence & mask)
        guard entries[index].sequence == sequence, entries[index].transmitStamp == 0 else { return }
        // A stamp from before the send belongs to another packet.
        guard stamp >= entries[index].wallSent &- Self.stepLimit else { return }
        entries[index].transmitStamp = stamp
        if case .awaitingStamp = entries[index].state { settleAnswer(index) }
    }

    /// An answer to the probe.
    /// - Parameters:
    ///   - stamp: kernel's receive stamp (wall clock), 0 for none.
    ///   - now: when it was read.
    ///   - offset: wall clock minus monotonic clock when it was read.
    ///   - expectStamp: transmit stamps come on this socket.
    ///   - isSpoiled: whether a probe with that deadline says nothing about loss; asked when the answer came after it. The
    ///     probe itself may have left late.
    mutating func answer(
        _ sequence: UInt64,
        stamp: Int64,
        now: Int64,
        offset: Int64,
        expectStamp: Bool,
        residence: Int64 = 0,
        detail: OutcomeDetail? = nil,
        isSpoiled: (_ deadline: Int64) -> Bool = { _ in false }
    ) -> Verdict {
        let index = Int(sequence & mask)
        guard entries[index].sequence == sequence else { return .unknown }
        switch entries[index].state {
        case .open: break
        case .awaitingStamp, .settled(.answered), .delivered(answered: true): return .duplicate
        case .settled, .delivered: return .late
        }
        // Received in time is in time, however late it is read.
        let arrived = stamp != 0 && abs(offset &- entries[index].offset) <= Self.stepLimit ? stamp &- offset : now
        guard arrived <= entries[index].deadline else {
            // Without a stamp it may have waited for us: `expire` judges.
            guard stamp != 0 else { return .late }
            settleOverdue(index, isSpoiled(entries[index].deadline) ? .overload : nil, at: now)
            return .late
        }
        entries[index].receiveStamp = stamp
        entries[index].settledAt = min(arrived, now)
        entries[index].residence = residence
        entries[index].detail = Detail(detail)
        if abs(offset &- entries[index].offset) > Self.stepLimit {
            settle(index, .invalid(.internal), at: now)
        } else if expectStamp, entries[index].transmitStamp == 0, stamp != 0 {
            entries[index].state = .awaitingStamp(until: now &+ Self.stampPatience)
        } else {
            settleAnswer(index)
        }
        let isOvertaken = highestAnswered.map { $0 > sequence } ?? false
        highestAnswered = max(highestAnswered ?? sequence, sequence)
        return isOvertaken ? .overtaken : .accepted
    }

    /// Ends a probe with a round trip measured elsewhere.
    mutating func finish(_ sequence: UInt64, _ result: Outcome.Result, at now: Int64, detail: OutcomeDetail? = nil) {
        let index = Int(sequence & mask)
        guard entries[index].sequence == sequence, entries[index].state == .open else { return }
        entries[index].detail = Detail(detail)
        settle(index, result, at: now)
        if case .answered = result { highestAnswered = max(highestAnswered ?? sequence, sequence) }
    }

    /// Ends what has run out of time.
    /// - Parameter verdict: why a probe, by its sending and its deadline, is not lost but spoiled; nil when lost.
    mutating func expire(at now: Int64, _ spoiled: (_ sentAt: Int64, _ deadline: Int64) -> Reason?) {
        var sequence = head
        while sequence < next {
            let index = Int(sequence & mask)
            switch entries[index].state {
            case .open where entries[index].deadline <= now:
                settleOverdue(index, spoiled(entries[index].sentAt, entries[index].deadline), at: now)
            case .awaitingStamp(let until) where until <= now:
                settleAnswer(index)
            default: break
            }
            sequence += 1
        }
    }

    /// Ends every open probe, for a stream that is taken away.
    mutating func cancel(at now: Int64, _ reason: Reason) {
        var sequence = head
        while sequence < next {
            let index = Int(sequence & mask)
            switch entries[index].state {
            case .open: settle(index, .invalid(reason), at: now)
            case .awaitingStamp: settleAnswer(index)
            default: break
            }
            sequence += 1
        }
    }

    /// When `expire` has something to do next.
    var nextDeadline: Int64? {
        var earliest: Int64?
        var sequence = head
        while sequence < next {
            switch entries[Int(sequence & mask)].state {
            case .open:
                let deadline = entries[Int(sequence & mask)].deadline
                earliest = min(earliest ?? deadline, deadline)
            case .awaitingStamp(let until):
                earliest = min(earliest ?? until, until)
            default: break
            }
            sequence += 1
        }
        return earliest
    }

    /// The next outcome in the order of sending; nil while the oldest is open.
    mutating func takeSettled(_ probe: ProbeID) -> Outcome? {
        guard head < next else { return nil }
        let index = Int(head & mask)
        guard case .settled(let result) = entries[index].state else { return nil }
        let outcome = Outcome(
            probe: probe,
            sequence: head,
            sentAt: MonotonicTime(nanoseconds: entries[index].sentAt),
            settledAt: MonotonicTime(nanoseconds: entries[index].settledAt),
            result: result,
            detail: entries[index].detail?.value
        )
        entries[index].state = .delivered(answered: outcome.isAnswer)
        entries[index].detail = nil
        head += 1
        return outcome
    }

    private mutating func settle(_ index: Int, _ result: Outcome.Result, at time: Int64) {
        entries[index].state = .settled(result)
        entries[index].settledAt = time
    }

    /// Its time is over: lost, or spoiled for that reason.
    private mutating func settleOverdue(_ index: Int, _ reason: Reason?, at now: Int64) {
        if let reason {
            settle(index, .invalid(reason), at: now)
        } else {
            settle(index, .failed(.timeout), at: entries[index].deadline)
        }
    }

    /// The round trip from the best pair of stamps on one clock.
    private mutating func settleAnswer(_ index: Int) {
        let entry = entries[index]
        let roundTrip: Int64
        let clock: StampClock
        if entry.transmitStamp != 0, entry.receiveStamp != 0 {
            (roundTrip, clock) = (entry.receiveStamp &- entry.transmitStamp, .kernel)
        } else if entry.receiveStamp != 0 {
            (roundTrip, clock) = (entry.receiveStamp &- entry.wallSent, .user)
        } else {
            (roundTrip, clock) = (entry.settledAt &- entry.sentAt, .user)
        }
        guard roundTrip >= 0, roundTrip <= entry.deadline &- entry.sentAt &+ Self.stepLimit else {
            return settle(index, .invalid(.internal), at: entry.settledAt)
        }
        let onTheWay = entry.residence <= roundTrip ? roundTrip &- entry.residence : roundTrip
        settle(index, .answered(roundTrip: .nanoseconds(onTheWay), clock: clock), at: entry.settledAt)
    }
}
