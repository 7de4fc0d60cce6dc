/// Tells on which way the packets of a STAMP session were lost, from the reflector's own sequence (RFC 8762 §4.3.1).
///
/// A stateful reflector numbers its answers. Between two answers that came, numbers that are missing were answers lost
/// on the way back; the rest of the unanswered questions never reached it. That is judged once every answer has had the
/// time to come, so that neither reordering nor a late answer reads as loss, and it is said only when it is known:
/// a stateless reflector copies the sender's number, a restarted one counts anew, one that counts several senders
/// together skips numbers; what fell into such a stretch stays unsaid.
///
/// Copy or count? Both start at 0. So a few packets of a session are sent twice, which any reflector must bear since
/// networks do it too: a counting one runs ahead by that.
struct DirectionLedger {
    struct Loss: Hashable {
        var forward = 0
        var backward = 0

        var isEmpty: Bool { forward == 0 && backward == 0 }
    }

    private struct Entry {
        var number: UInt32
        var sentAt: Int64
        var isTwinned = false
        var reflected: UInt32?
        var twin: UInt32?
    }

    /// How long an answer may take, in nanoseconds.
    private let patience: Int64
    private var entries: ContiguousArray<Entry> = []
    /// Entries before it are judged.
    private var head = 0
    private var packets: UInt64 = 0
    private var anchor: UInt32?
    /// A second answer to a judged question.
    private var lastTwin: UInt32?
    private var unanswered = 0
    /// Missing numbers for which no unanswered question was found yet: its answer was overtaken.
    private var carried = 0
    /// The reflector counts by itself.
    private(set) var isProven = false

    static let memory = 1024
    /// Packets overtaken at once; more missing numbers are another sender's.
    private static let mostOvertaken = 8

    /// - Parameter timeout: of the probes, in nanoseconds.
    init(timeout: Int64) {
        patience = timeout &+ 1_000_000_000
    }

    // MARK: What happens

    /// A question left.
    /// - Returns: whether it is to be sent a second time.
    mutating func sent(_ number: UInt32, at now: Int64) -> Bool {
        let isTwinned = isTwinDue
        packets += 1
        entries.append(Entry(number: number, sentAt: now, isTwinned: isTwinned))
        return isTwinned
    }

    /// Soon at first, so that a lost one does not matter; later now and then, since a reflector may be replaced.
    private var isTwinDue: Bool {
        switch packets {
        case 1, 8, 64: !isProven
        default: packets > 0 && packets % 1024 == 0
        }
    }

    /// An answer came.
    /// - Parameter reflected: the reflector's sequence.
    /// - Returns: whether it answers the second of two equal questions.
    mutating func answered(_ number: UInt32, as reflected: UInt32) -> Bool {
        guard let index = place(of: number) else { return false }
        guard let first = entries[index].reflected else {
            entries[index].reflected = reflected
            return false
        }
        guard entries[index].twin == nil else { return false }
        entries[index].twin = reflected
        guard entries[index].isTwinned else { return false }
        if first == reflected, reflected == number { isProven = false }
        return true
    }

    /// Answers may have been lost in this host: nothing can be said of what is under way.
    mutating func forget() {
        entries.removeAll(keepingCapacity: true)
        head = 0
        anchor = nil
        unanswered = 0
        carried = 0
    }

    // MARK: Judging

    /// What is known since the last call.
    mutating func settle(at now: Int64) -> Loss {
        var loss = Loss()
        while head < entries.count,
            now &- entries[head].sentAt > patience || entries.count - head > Self.memory
        {
            let entry = entries[head]
            head += 1
            judge(entry, &loss)
        }
        if head > 32, 2 * head > entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return loss
    }

    private mutating func judge(_ entry: Entry, _ loss: inout Loss) {
        guard let reflected = entry.reflected else {
            unanswered += 1
            return
        }
        guard let anchor else { return restart(at: entry, reflected) }
        let step = Int(Int32(bitPattern: reflected &- anchor))
        guard step > 0 else {
            if !isOvertaken(anchor) { restart(at: entry, reflected) }
            return
        }
        if reflected != entry.number { isProven = true }
        let missing = step - 1 - seen(between: anchor, reflected)
        let total = missing + carried
        carried = 0
        if total <= unanswered {
            if isProven {
                loss.backward += total
                loss.forward += unanswered - total
            }
        } else if unanswered == 0, missing <= Self.mostOvertaken {
            carried = missing
        } else {
            isProven = reflected != entry.number
        }
        unanswered = 0
        self.anchor = reflected
        lastTwin = entry.twin
    }

    private mutating func restart(at entry: Entry, _ reflected: UInt32) {
        anchor = reflected
        lastTwin = entry.twin
        unanswered = 0
        carried = 0
        isProven = reflected != entry.number
    }

    /// A later question has a number above the anchor: the counting goes on, this one was overtaken.
    private func isOvertaken(_ anchor: UInt32) -> Bool {
        entries[head...].contains { entry in
            entry.reflected.map { Int32(bitPattern: $0 &- anchor) > 0 } ?? false
        }
    }

    /// How many numbers between these two came as answers to questions that are not judged yet, or as second ones.
    private func seen(between low: UInt32, _ high: UInt32) -> Int {
        let span = high &- low
        guard span > 1 else { return 0 }
        let isInside = { (number: UInt32?) -> Bool in
            guard let number else { return false }
            return number &- low > 0 && number &- low < span
        }
        var count = isInside(lastTwin) ? 1 : 0
        for entry in entries[max(0, head - 1)...] {
            if isInside(entry.reflected) { count += 1 }
            if isInside(entry.twin), entry.twin != entry.reflected { count += 1 }
        }
        return count
    }

    /// Numbers rise, with gaps where a question did not leave.
    private func place(of number: UInt32) -> Int? {
        var low = head
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if Int32(bitPattern: entries[middle].number &- number) < 0 { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].number == number ? low : nil
    }
}
