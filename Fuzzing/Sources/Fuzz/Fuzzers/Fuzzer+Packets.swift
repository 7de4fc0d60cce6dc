import Flows
import Wire

extension Fuzzer {
    /// The kinds of link that the first byte of an input chooses from; the last is none that is known.
    static let links: [LinkType] = [
        .ethernet, .null, .ppp, .pppSerial, .raw, .ciscoHDLC, .ieee80211, .frameRelay, .loop, .linuxSLL,
        .radiotap, .ppi,
        .ipv4, .ipv6, .nflog, .linuxSLL2, LinkType(rawValue: 9999),
    ]

    private static let ethernet = hex("020000000001 020000000002")

    private static let frames: [[UInt8]] = [
        ethernet + hex("0800") + Packets.ipv4(6, Packets.tcp4),
        ethernet + hex("86dd") + Packets.ipv6(6, Packets.tcp6),
        ethernet + hex("0800") + Packets.ipv4(17, Packets.udp4),
        ethernet + hex("0800") + Packets.ipv4(1, Packets.echo4),
        ethernet + hex("8100 0007 88a8 0008 0800") + Packets.ipv4(1, Packets.echo4),
        ethernet + hex("8864 11 00 0001 0000 0021") + Packets.ipv4(17, Packets.udp4),
        ethernet + hex("8847 00010140") + Packets.ipv4(6, Packets.tcp4),
        ethernet + hex("0800")
            + Packets.ipv4(47, hex("0000 0800") + Packets.ipv4(4, Packets.ipv4(17, Packets.udp4))),
        ethernet + hex("0800") + Packets.ipv4(50, IPsecPackets.esp),
        ethernet + hex("0806") + ARPPackets.request,
    ]

    /// One packet; the first byte chooses its link, the second how much more the wire had.
    static let packet = Fuzzer(
        name: "packet",
        seeds: frames.map { [0, 0] + $0 } + [
            [10, 0] + WLANPackets.captured, [4, 0] + Packets.ipv4(6, Packets.tcp4),
        ]
    ) { bytes in
        guard bytes.byteCount >= 2 else { return }
        let link = links[Int(bytes.byte(at: 0)) % links.count]
        let packet = bytes.extracting(2..<bytes.byteCount)
        let wireLength = packet.byteCount + Int(bytes.byte(at: 1)) * 8
        var view = PacketView()
        let verdict = view.decode(packet, wireLength: wireLength, link: link)
        _ = (view.source.description, view.destination.description, view.fault.name)
        if verdict == .tcp || verdict == .udp {
            require(view.payloadOffset >= 0, "a payload starts inside")
            require(Int(view.payloadLength) <= wireLength, "a payload is no longer than its packet")
        }
        // What was decoded before leaves no trace in what decides.
        let again = view.decode(packet, wireLength: wireLength, link: link)
        require(again == verdict, "a packet has one verdict")
    }

    /// A sequence of packets; the first byte chooses their link, the second the bounds of the engine.
    static let flows = Fuzzer(
        name: "flows",
        seeds: [
            [0, 0] + PacketStream.encoded(frames),
            [0, 1] + PacketStream.encoded(frames + frames.reversed()),
        ]
    ) { bytes in
        guard bytes.byteCount >= 2 else { return }
        let link = links[Int(bytes.byte(at: 0)) % links.count]
        var options = FlowEngineOptions()
        options.maximumFlows = 16
        options.isExact = bytes.byte(at: 1) & 1 != 0
        options.collectsSamples = true
        options.collectsEvents = true
        options.seed = 1
        var engine = FlowEngine(options)
        var batch = PacketBatch()
        var stream = PacketStream(from: 2)
        var frame: UInt64 = 0
        while let (range, wireLength) = stream.next(in: bytes) {
            frame += 1
            let packet = bytes.extracting(range)
            batch.add(
                packet,
                from: 0,
                to: packet.byteCount,
                frame: frame,
                time: stream.time,
                wireLength: wireLength,
                link: link
            )
            engine.process(&batch, in: packet)
            engine.drainSamples { sample in
                require(sample.roundTrip >= 0, "no round trip is below zero")
                require(sample.frame == frame, "a sample belongs to the packet that completes it")
            }
            var events = 0
            engine.drainEvents { event in
                events += 1
                require(event.time == stream.time, "an event has its packet's time")
            }
            require(events <= 1, "a packet makes one event at most")
        }
        require(engine.totals.packets == frame, "every packet counts")
        let verdicts = engine.totals.verdicts
        require(verdicts.indices.reduce(0) { $0 &+ verdicts[$1] } == frame, "every packet has one verdict")
        require(options.isExact || engine.flowCount <= 16, "the table is bounded")
        for grouping in FlowGrouping.allCases { _ = engine.groups(by: grouping, limit: nil) }
        _ = engine.counters
    }
}
