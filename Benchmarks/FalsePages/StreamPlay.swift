import Links
import Model

/// The probes of one stream as the program sends and settles them: one a second, those that confirm a first loss in
/// between, and results in the order of sending.
struct StreamPlay {
    struct Settled {
        var sent: Double
        var at: Double
        var isLost: Bool
    }

    static let timeout = 0.8

    let stream: ExtraProbes.Stream
    let roundTrip: Double
    private var extra = ExtraProbes()
    private var extras: [Double] = []
    private var waiting: [Settled] = []
    private var lastSettled = 0.0

    init(_ stream: ExtraProbes.Stream, roundTrip: Double) {
        self.stream = stream
        self.roundTrip = roundTrip
    }

    /// When a first loss is confirmed, in seconds after its sending.
    static func confirmation(of stream: ExtraProbes.Stream) -> Double {
        var extra = ExtraProbes()
        let sent = MonotonicTime(nanoseconds: 0)
        let known = sent + .seconds(timeout)
        let request = extra.lost(stream, sentAt: sent, downAfter: Detection().downAfter, at: known)
        return timeout + (request?.delays.first.map { Double($0.nanoseconds) / 1e9 } ?? 0)
    }

    private mutating func send(at moment: Double, isLost: Bool) {
        let settled = max(lastSettled, moment + (isLost ? Self.timeout : roundTrip))
        lastSettled = settled
        waiting.append(Settled(sent: moment, at: settled, isLost: isLost))
    }

    /// Sends what is due in this second.
    /// - Returns: what settles in it, in order.
    mutating func run(_ second: Int64, _ process: LossProcess) -> [Settled] {
        var results: [Settled] = []
        var regular: Double? = Double(second) + process.phase
        let end = Double(second + 1)
        while true {
            let nextExtra = extras.first ?? .infinity
            let nextSend = min(regular ?? .infinity, nextExtra)
            if let first = waiting.first, first.at <= nextSend, first.at < end {
                waiting.removeFirst()
                results.append(first)
                settle(first)
            } else if nextSend < end {
                if nextSend == regular {
                    send(at: nextSend, isLost: process.isLost(second))
                    regular = nil
                } else {
                    send(at: nextSend, isLost: process.isLost(between: nextSend))
                    extras.removeFirst()
                }
            } else {
                return results
            }
        }
    }

    private mutating func settle(_ result: Settled) {
        guard result.isLost else { return extra.answered(stream.probe) }
        let sent = MonotonicTime(nanoseconds: Int64(result.sent * 1e9))
        let now = MonotonicTime(nanoseconds: Int64(result.at * 1e9))
        let request = extra.lost(stream, sentAt: sent, downAfter: Detection().downAfter, at: now)
        guard let request else { return }
        extras = request.delays.map { result.at + Double($0.nanoseconds) / 1e9 }
    }

    /// Whether `count` results in a row are losses, from this second on until one is answered and none is awaited.
    static func falls(from second: Int64, _ stream: ExtraProbes.Stream, roundTrip: Double, _ process: LossProcess) -> Bool {
        var play = Self(stream, roundTrip: roundTrip)
        var run = 0
        var second = second
        repeat {
            for result in play.run(second, process) {
                run = result.isLost ? run + 1 : 0
                if run == Detection().downAfter { return true }
            }
            second += 1
        } while run > 0 || !play.extras.isEmpty || play.waiting.contains(where: \.isLost)
        return false
    }
}
