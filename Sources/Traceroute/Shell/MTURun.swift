internal import Model
internal import Sockets
internal import Wire

/// Sends the batches of an MTU search and collects what becomes of them.
struct MTURun {
    private let carrier: any TraceChannel
    private let cancellation: TraceCancellation?
    private let wait: Duration
    private let distance: Int
    private let epoll: Epoll
    private(set) var number: Int
    /// Packets to the target within any second stay below the trace's limit, those of the trace included; so do those to
    /// each router.
    private let limits: SharedLimiter
    private let target: IPAddress
    /// By TTL.
    private let routers: [IPAddress?]
    /// Its name.
    private let flow: Int

    /// The target answers by errors, of which it may send one a second: silence of a packet counts only where a small one behind
    /// it was answered, which it would not have been had the first one been answered with the last error allowed.
    var answersAreLimited = false
    /// Less than any link carries.
    static let smallBytes = 64
    /// Longer than a host takes to allow itself another error.
    private static let errorPause: Duration = .milliseconds(1_100)
    private static let tries = 4

    /// - Parameter flow: of the trace; 0 also where the carrier has one of its own.
    init(_ run: TraceRun, _ carrier: any TraceChannel, flow: Int = 0, distance: Int) throws(SystemError) {
        self.carrier = carrier
        self.flow = flow == 0 ? 0 : run.state.name(of: flow)
        self.distance = distance
        cancellation = run.cancellation
        number = run.numbers
        target = run.responder
        routers = run.state.flows[flow].likelyResponders
        limits = run.limits
        wait = run.request.plan.wait(worst: run.state.targetStatistics.worst)
        epoll = try Epoll(capacity: 8)
        for descriptor in carrier.descriptors { try epoll.add(descriptor, .readable, token: 0) }
        if let cancellation { try epoll.add(cancellation.event.number, .readable, token: 1) }
    }

    mutating func run(_ batch: [MTUSearch.Probe]) throws(SystemError) -> [MTUSearch.Probe: MTUSearch.Result] {
        guard answersAreLimited, batch.contains(where: { $0.ttl == nil }) else { return try send(batch) }
        let small = MTUSearch.Probe(bytes: Self.smallBytes)
        var results: [MTUSearch.Probe: MTUSearch.Result] = [:]
        for probe in batch {
            for attempt in 0..<Self.tries where !isCancelled {
                if attempt > 0 { try pause(Self.errorPause) }
                let both = try send([probe, small])
                results[probe] = both[probe]
                if both[probe] != .silent || both[small] == .answered { break }
                results[probe] = .unknown
            }
        }
        return results
    }

    private func pause(_ time: Duration) throws(SystemError) {
        let end = SystemClock.monotonic() + time
        while !isCancelled, SystemClock.monotonic() < end {
            _ = try epoll.wait(end - SystemClock.monotonic())
            try carrier.drain { _ in }
        }
    }

    private mutating func send(_ batch: [MTUSearch.Probe]) throws(SystemError) -> [MTUSearch.Probe: MTUSearch.Result] {
        var results: [MTUSearch.Probe: MTUSearch.Result] = [:]
        var waiting: [Int: MTUSearch.Probe] = [:]
        for probe in batch {
            results[probe] = .silent
            let responder = probe.ttl.flatMap { routers.indices.contains($0) ? routers[$0] : nil } ?? target
            while let until = limits.reserve(for: responder, at: SystemClock.monotonic()) {
                guard !isCancelled else { return results }
                try receive(until: until, &waiting, &results)
            }
            // Beyond the target's distance, so that a way that grew by a hop still ends there.
            let ttl = probe.ttl ?? min(distance + 2, 255)
            let refusal = carrier.send(OutgoingProbe(number: number, flow: flow, ttl: ttl, length: probe.bytes))
            switch refusal {
            case nil: waiting[number] = probe
            case .fragmentationNeeded: results[probe] = .tooLarge(told: 0, router: nil)
            default: break
            }
            number += 1
        }
        let end = SystemClock.monotonic() + wait
        while !waiting.isEmpty, !isCancelled, SystemClock.monotonic() < end {
            try receive(until: end, &waiting, &results)
        }
        return results
    }

    private var isCancelled: Bool { cancellation?.isCancelled == true }

    private func receive(
        until end: MonotonicTime,
        _ waiting: inout [Int: MTUSearch.Probe],
        _ results: inout [MTUSearch.Probe: MTUSearch.Result]
    ) throws(SystemError) {
        _ = try epoll.wait(end - SystemClock.monotonic())
        var answers: [(Int, TraceAnswer)] = []
        try carrier.drain { if case .answer(let number, let answer) = $0 { answers.append((number, answer)) } }
        for (number, answer) in answers {
            guard let probe = waiting.removeValue(forKey: number) else { continue }
            switch answer.kind {
            // Of a SYN, which is small: the connection that carries data has ended, or never came about.
            case .reply(.synAck), .reply(.reset): results[probe] = .unknown
            case .reply: results[probe] = .answered
            case .ttlExceeded: results[probe] = probe.ttl == nil ? .silent : .passed(by: answer.responder)
            case .unreachable(.fragmentationNeeded(let mtu)):
                results[probe] = .tooLarge(told: Int(mtu), router: answer.responder)
            case .unreachable: break
            }
        }
    }
}
