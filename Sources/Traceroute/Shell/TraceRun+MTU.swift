internal import Model
internal import Sockets
internal import Wire

extension TraceRun {
    /// Searches the path MTU where the target answers: of the ways of several flows the smallest.
    /// - Returns: what is known of it; nil when the trace has been cut short before that.
    func findMTU(route: RouteObservation?) throws(TraceError) -> PathMTU? {
        guard !state.isCancelled else { return nil }
        let ceiling = interfaceMTU(route)
        // A SYN carries no data: sizes are tried by ICMP then, and by UDP where that is not allowed.
        let isOwn = channel.isSizable
        guard let distance = state.distance, state.cessation == nil, let ceiling else {
            let method = isOwn ? usedProtocol : .icmp
            return PathMTU(bytes: nil, interfaceBytes: ceiling ?? 1500, method: method)
        }
        defer { isSearchCut = cancellation?.isCancelled == true }
        let first = state.leader
        let (carrier, method) = isOwn ? (channel, usedProtocol) : try otherCarrier()
        do throws(SystemError) {
            try carrier.prepareForLargePackets()
            guard var mtu = try search(carrier, flow: first, ceiling, distance, method) else { return nil }
            mtu.direction = try holeDirection(mtu, distance: distance)
            if mtu.direction == .back { (mtu.limitTTL, mtu.limitRouter) = (nil, nil) }
            // The packets of another carrier are of no flow of the trace.
            guard isOwn, mtu.bytes != nil || !isAnsweredByErrors(method) else { return mtu }
            mtu.flow = state.name(of: first)
            let ways = FlowMap(state.flows).firstOfEachWay.filter { $0 != first }
            for flow in ways.prefix(Self.furtherWays) {
                let end = state.flows[flow].distance ?? distance
                if let bytes = mtu.bytes {
                    // Where nothing can be told any more the other ways tell nothing either.
                    guard let isPassed = try isPassed(bytes, carrier, flow: flow, end, method) else { break }
                    if isPassed { continue }
                }
                // What is known of the ways before stands.
                guard var other = try search(carrier, flow: flow, ceiling, end, method) else { break }
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

    /// - Returns: nil where that cannot be told.
    private func isPassed(
        _ bytes: Int,
        _ carrier: any TraceChannel,
        flow: Int,
        _ distance: Int,
        _ method: TraceRequest.TraceProtocol
    ) throws(SystemError) -> Bool? {
        var runner = try MTURun(self, carrier, flow: flow, distance: distance)
        runner.answersAreLimited = isAnsweredByErrors(method)
        defer { numbers = max(numbers, runner.number) }
        let probe = MTUSearch.Probe(bytes: bytes)
        // One that is lost proves nothing.
        for _ in 0..<2 where cancellation?.isCancelled != true {
            switch try runner.run([probe])[probe] {
            case .answered, .passed: return true
            case .tooLarge: return false
            case .unknown: return nil
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
        runner.answersAreLimited = isAnsweredByErrors(method)
        var search = MTUSearch(
            family: prepared.address.family,
            ceiling: min(ceiling, EchoChannel.longestPacket),
            distance: distance,
            isOneByOne: runner.answersAreLimited
        )
        while cancellation?.isCancelled != true {
            let batch = search.next()
            if batch.isEmpty { break }
            search.settle(try runner.run(batch))
        }
        // What comes after it does not take its numbers.
        numbers = max(numbers, runner.number)
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

    /// By ICMP errors, of which hosts send few: Linux six at once and one a second to each peer (`icmp_ratelimit`).
    private func isAnsweredByErrors(_ method: TraceRequest.TraceProtocol) -> Bool {
        method == .udp && !(channel.isSizable && state.reply == .datagram)
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
