internal import Wire

/// The sender's side of STAMP (RFC 8762, unauthenticated). An answer is known by the sequence number and the
/// timestamp that it returns; the timestamp's lowest bits are random.
///
/// The reflector's own time (T3 minus T2) is taken off the round trip when both are given in the same format and it
/// is neither negative nor longer than a second; the ring refuses what is longer than the round trip itself.
struct STAMPExchange: DatagramExchange {
    private var sent: ContiguousArray<(number: UInt32, timestamp: NTPTimestamp)>
    private var ledger: DirectionLedger
    private var estimate = ClockQuality.read()
    private var estimateDue = Int64.min
    private static let longestResidence: Int64 = 1_000_000_000

    /// How long the kernel's word on its clock holds.
    private static let estimatePeriod: Int64 = 16_000_000_000

    /// - Parameters:
    ///   - timeout: of the probes, in nanoseconds.
    ///   - memory: questions whose answers are known.
    init(timeout: Int64, memory: Int) {
        ledger = DirectionLedger(timeout: timeout)
        sent = ContiguousArray(repeating: (.max, NTPTimestamp(rawValue: 0)), count: max(1, memory))
    }

    mutating func write(_ number: UInt32, wall: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // 2^-22 s (a quarter of a microsecond) is all the clock's reading is worth; below it stands chance.
        let moment = NTPTimestamp(nanosecondsSince1970: wall).rawValue & ~0x3FF
        let timestamp = NTPTimestamp(rawValue: moment | UInt64.random(in: 0...0x3FF))
        sent[Int(number) % sent.count] = (number, timestamp)
        let test = STAMPTest(
            sequence: number,
            timestamp: timestamp,
            errorEstimate: estimate
        )
        return (try? test.write(into: buffer)) ?? 0
    }

    mutating func read(_ datagram: UnsafeRawBufferPointer) -> DatagramAnswer? {
        guard let reflection = try? STAMPReflection(decoding: datagram.bytes) else { return nil }
        let entry = sent[Int(reflection.senderSequence) % sent.count]
        guard entry.number == reflection.senderSequence, entry.timestamp == reflection.senderTimestamp else {
            return nil
        }
        let isTwin = ledger.answered(entry.number, as: reflection.sequence)
        return DatagramAnswer(number: entry.number, residence: Self.residence(reflection), isTwin: isTwin)
    }

    mutating func sent(_ number: UInt32, at now: Int64) -> Bool {
        if now >= estimateDue {
            estimate = ClockQuality.read()
            estimateDue = now &+ Self.estimatePeriod
        }
        return ledger.sent(number, at: now)
    }

    mutating func takeLoss(at now: Int64) -> DirectionLedger.Loss { ledger.settle(at: now) }

    mutating func spoil() { ledger.forget() }

    /// Time between receipt and answer at the reflector; 0 when it cannot be trusted.
    static func residence(_ reflection: STAMPReflection) -> Int64 {
        guard reflection.receiveTimestamp.rawValue != 0, reflection.timestamp.rawValue != 0,
            !reflection.errorEstimate.isPTP
        else { return 0 }
        let length = reflection.timestamp.nanosecondsSince1970 &- reflection.receiveTimestamp.nanosecondsSince1970
        return (0...longestResidence).contains(length) ? length : 0
    }

    func number(quoted data: UnsafeRawBufferPointer) -> UInt32? {
        guard data.count >= 4 else { return nil }
        return UInt32(bigEndian: data.loadUnaligned(as: UInt32.self))
    }
}
