internal import Sockets
internal import Wire

extension TraceRun {
    /// On which way the large packets of an MTU search vanish.
    /// - Returns: nil where nothing vanishes, or the direction is not proven.
    func holeDirection(_ mtu: PathMTU, distance: Int) throws(SystemError) -> HoleDirection? {
        guard mtu.behaviour == .blackHole, let bytes = mtu.bytes else { return nil }
        // What the probes of the trace met says nothing of packets that go another way, and nor would those of a third one.
        let known = state.hops
        guard !mtu.isOfOtherWay(than: known) else { return nil }
        let hops = known.map { (ttl: $0.ttl, answers: $0.answer == .ttlExceeded && $0.answersAll) }
        if mtu.isHoleBeforeRouter(hops, distance: distance) { return .forward }
        // What answers UDP and TCP in a session is small, whatever the size of the question; but who answers with data may send
        // back all that came.
        guard mtu.method == .icmp else { return mtu.method == .udp && state.reply == .datagram ? nil : .forward }
        var request = request
        request.chosenProtocol = .udp
        request.isInSession = false
        request.port = nil
        request.source = request.source ?? channel.source
        request.plan.flows = .fixed(1)
        guard let carrier = try? ChannelChoice.open(to: prepared.address, request: request, cancellation: cancellation)
        else { return nil }
        try carrier.prepareForLargePackets()
        var runner = try MTURun(self, carrier, distance: distance)
        let (small, large) = (
            MTUSearch.Probe(bytes: MTURun.smallBytes), MTUSearch.Probe(bytes: mtu.vanishingBytes ?? bytes + 1)
        )
        var check = HoleCheck()
        for _ in 0..<HoleCheck.tries where cancellation?.isCancelled != true {
            let results = try runner.run([small, large])
            check.note(small: results[small] == .answered, large: results[large] == .answered)
            if check.direction == .back { break }
        }
        numbers = max(numbers, runner.number)
        return check.direction
    }
}
