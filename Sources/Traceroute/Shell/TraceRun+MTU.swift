internal import Model
internal import Sockets
internal import Wire

extension TraceRun {
    /// Searches the path MTU where the target answers: of the ways of several flows the smallest.
    /// - Returns: nil when the trace has been cut short.
    func findMTU(route: RouteObservation?) throws(TraceError) -> PathMTU? {
        guard !state.isCancelled else { return nil }
        let ceiling = interfaceMTU(route)
        // A SYN carries no data: sizes are tried by ICMP then, and by UDP where that is not allowed.
        let isOwn = channel.isSizable
        guard let distance = state.distance, let ceiling else {
            let method = isOwn ? usedProtocol : .icmp
            return PathMTU(bytes: nil, interfaceBytes: ceiling ?? 1500, method: method)
        }
        let (carrier, method) = isOwn ? (channel, usedProtocol) : try otherCarrier()
        do throws(SystemError) {
            try carrier.prepareForLargePackets()
            guard var mtu = try search(carrier, flow: 0, ceiling, distance, method) else { return nil }
            mtu.direction = try holeDirection(mtu, distance: distance)
            if mtu.direction == .back { (mtu.limitTTL, mtu.limitRouter) = (nil, nil) }
            // The packets of another carrier are of no flow of the trace.
            guard isOwn else { return mtu }
            mtu.flow = state.name(of: 0)
            for flow in FlowMap(state.flows).firstOfEachWay.dropFirst().prefix(Self.furtherWays) {
                let end = state.flows[flow].distance ?? distance
                if let bytes = mtu.bytes, try isPassed(bytes, carrier, flow: flow, end) { continue }
                guard var other = try search(carrier, flow: flow, ceiling, end, method) else { return nil }
                guard let bytes = other.bytes, bytes < mtu.bytes ?? .max else { continue }
                other.flow = state.name(of: flow)
                mtu = other
            }
            return mtu
        } catch {
            throw .local("MTU search: \(error)")
        }
    }

    /// Ways beside the first whose MTU is searched where they do not carry what the others do.
    private static let furtherWays = FlowPlan.measured - 1

    private func isPassed(
        _ bytes: Int,
        _ carrier: any TraceChannel,
        flow: Int,
        _ distance: Int
    ) throws(SystemError) -> Bool {
        var runner = try MTURun(self, carrier, flow: flow, distance: distance)
        defer {
            numbers = max(numbers, runner.number)
            state.limiter = runner.limiter
        }
        let probe = MTUSearch.Probe(bytes: bytes)
        // One that is lost proves nothing.
        for _ in 0..<2 where cancellation?.isCancelled != true {
            switch try runner.run([probe])[probe] {
            case .answered: return true
            case .tooLarge: return false
            case .silent, nil: continue
            }
        }
        return false
    }

    private func search(
        _ carrier: any TraceChannel,
        flow: Int,
        _ ceiling: Int,
        _ distance: Int,
        _ method: TraceRequest.TraceProtocol
    ) throws(SystemError) -> PathMTU? {
        var runner = try MTURun(self, carrier, flow: flow, distance: distance)
        var search = MTUSearch(
            family: prepared.address.family,
            ceiling: min(ceiling, EchoChannel.longestPacket),
            distance: distance
        )
        while cancellation?.isCancelled != true {
            let batch = search.next()
            if batch.isEmpty { break }
            search.settle(try runner.run(batch))
        }
        // What comes after it neither takes its numbers nor forgets its packets.
        numbers = max(numbers, runner.number)
        state.limiter = runner.limiter
        // What was not tried is not known, and silence of a search that was cut short is no black hole.
        guard cancellation?.isCancelled != true else { return nil }
        // Before the flows part, only the first one asks.
        let hops = state.hops.map { hop in
            let own = state.flows[flow].hops.first { $0.ttl == hop.ttl }?.responders ?? []
            return (ttl: hop.ttl, addresses: (own.isEmpty ? hop.responders : own).map(\.address))
        }
        var mtu = search.result(hops: hops, method: method)
        mtu.interfaceBytes = ceiling
        return mtu
    }

    /// What carries data to the target in place of the trace's own probes, and by which protocol.
    private func otherCarrier() throws(TraceError) -> (any TraceChannel, TraceRequest.TraceProtocol) {
        var alike = request
        alike.source = request.source ?? channel.source
        alike.plan.flows = .fixed(1)
        if let echo = try? EchoChannel(to: prepared.address, request: alike) { return (echo, .icmp) }
        alike.chosenProtocol = .udp
        alike.port = nil
        return (try DatagramChannel(to: prepared.address, request: alike), .udp)
    }

    /// Of the link itself: what the route says may be what an earlier search has taught the kernel.
    private func interfaceMTU(_ route: RouteObservation?) -> Int? {
        var name = request.interface
        if case .route(let interface, _, _)? = route?.verdict { name = name ?? interface }
        if let name, let socket = try? Socket(prepared.address.family, .datagram),
            let bytes = Interface.mtu(of: name, through: socket)
        {
            return bytes
        }
        return route.flatMap { $0.mtu > 0 ? Int($0.mtu) : nil }
    }
}

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
    private(set) var limiter: ResponderLimiter
    private let target: IPAddress
    /// By TTL.
    private let routers: [IPAddress?]
    /// Its name.
    private let flow: Int

    /// - Parameter flow: of the trace; 0 also where the carrier has one of its own.
    init(_ run: TraceRun, _ carrier: any TraceChannel, flow: Int = 0, distance: Int) throws(SystemError) {
        self.carrier = carrier
        self.flow = flow == 0 ? 0 : run.state.name(of: flow)
        self.distance = distance
        cancellation = run.cancellation
        number = run.numbers
        target = run.responder
        routers = run.state.flows[flow].likelyResponders
        limiter = run.state.limiter
        wait = run.request.plan.wait(worst: run.state.targetStatistics.worst)
        epoll = try Epoll(capacity: 8)
        for descriptor in carrier.descriptors { try epoll.add(descriptor, .readable, token: 0) }
        if let cancellation { try epoll.add(cancellation.event.number, .readable, token: 1) }
    }

    mutating func run(_ batch: [MTUSearch.Probe]) throws(SystemError) -> [MTUSearch.Probe: MTUSearch.Result] {
        var results: [MTUSearch.Probe: MTUSearch.Result] = [:]
        var waiting: [Int: MTUSearch.Probe] = [:]
        for probe in batch {
            results[probe] = .silent
            let responder = probe.ttl.flatMap { routers.indices.contains($0) ? routers[$0] : nil } ?? target
            while let until = limiter.wait(for: responder, at: SystemClock.monotonic()), !isCancelled {
                try receive(until: until, &waiting, &results)
            }
            limiter.record(responder, at: SystemClock.monotonic())
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
            case .reply: results[probe] = .answered
            case .ttlExceeded: results[probe] = probe.ttl == nil ? .silent : .answered
            case .unreachable(.fragmentationNeeded(let mtu)):
                results[probe] = .tooLarge(told: Int(mtu), router: answer.responder)
            case .unreachable: break
            }
        }
    }
}
