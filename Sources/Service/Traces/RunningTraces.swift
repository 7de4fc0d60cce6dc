import Model
import Traceroute
import Wire

/// The traces that run now.
struct RunningTraces: Sendable {
    struct Trace: Sendable {
        let task: TraceBook.Task
        fileprivate let cancellation: TraceCancellation
        fileprivate let end: MonotonicTime
        /// Cut short for others, or at the end.
        fileprivate(set) var isGivenUp = false
        /// Cut short by its deadline.
        fileprivate(set) var isExpired = false
    }

    private var traces: [Int: Trace] = [:]
    private var last = 0

    var isEmpty: Bool { traces.isEmpty }
    var count: Int { traces.count }
    /// Those of incidents.
    var bursts: Int { traces.values.count { $0.task.call != nil } }
    var keys: Set<TraceKey> { Set(traces.values.map(\.task.key)) }
    /// Whom they go to.
    var hosts: Set<String> { Set(traces.values.map(\.task.target.host)) }

    /// Hosts that as many traces of incidents go to as may.
    var fullHosts: Set<String> {
        let bursts = traces.values.filter { $0.task.call != nil }
        let hosts = Dictionary(bursts.map { ($0.task.target.host, 1) }, uniquingKeysWith: +)
        return Set(hosts.filter { $0.value >= TraceRounds.atOnceToHost }.keys)
    }

    static func deadline(of task: TraceBook.Task) -> Duration {
        task.call == nil ? TraceRounds.deadline : TraceRounds.burstDeadline
    }

    /// - Returns: the number that it is known by.
    mutating func begin(_ task: TraceBook.Task, _ cancellation: TraceCancellation, at now: MonotonicTime) -> Int {
        last += 1
        traces[last] = Trace(task: task, cancellation: cancellation, end: now + Self.deadline(of: task))
        return last
    }

    /// Nil where none has this number.
    mutating func end(_ number: Int) -> Trace? { traces.removeValue(forKey: number) }

    /// For the traces of an incident, which are not given up for others.
    mutating func giveUp() { giveUp { $0.call == nil } }

    mutating func stop() { giveUp { _ in true } }

    private mutating func giveUp(_ isChosen: (TraceBook.Task) -> Bool) {
        for (number, trace) in traces where isChosen(trace.task) {
            traces[number]?.isGivenUp = true
            trace.cancellation.cancel()
        }
    }

    /// Ends what is not over at its deadline.
    mutating func expire(at now: MonotonicTime) {
        for (number, trace) in traces where now >= trace.end && !trace.isGivenUp && !trace.isExpired {
            traces[number]?.isExpired = true
            trace.cancellation.cancel()
        }
    }
}
