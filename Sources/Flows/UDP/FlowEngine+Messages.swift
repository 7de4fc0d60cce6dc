internal import Wire

/// What UDP carries: DNS, IKE, BFD, QUIC. A port chooses the decoder, and the decoder decides.
extension FlowEngine {
    mutating func message(
        _ view: PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        _ record: UnsafeMutablePointer<FlowRecord>,
        _ payload: RawSpan,
        time: Int64
    ) {
        let (source, destination) = (view.sourcePort, view.destinationPort)
        if source == 53 || destination == 53 {
            dns(view, &sender, &other, payload, time: time)
        } else if source == 500 || destination == 500 {
            ike(view, &sender, &other, payload, time: time)
        } else if source == 4500 || destination == 4500 {
            guard let start = NonESPMarker.messageOffset(in: payload) else { return }
            ike(view, &sender, &other, payload.extracting(start..<payload.byteCount), time: time)
        } else if view.isForwardingDetection {
            bidirectionalForwarding(view, &sender, peer: parts.details[other.detailBlock].control, payload, time: time)
        } else {
            unsafe quic(view, &sender, record, payload, time: time)
        }
    }

    /// A query waits for the response with its number and question (RFC 1035 §4.1); one that is repeated names no copy.
    private mutating func dns(
        _ view: PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        _ payload: RawSpan,
        time: Int64
    ) {
        var number: UInt32
        var check: UInt32 = 0
        let isResponse: Bool
        if let whole = try? DNSTransaction(decoding: payload) {
            number = UInt32(whole.header.id)
            isResponse = whole.header.isResponse
            check = UInt32(truncatingIfNeeded: whole.questionHash ^ whole.questionHash >> 32)
        } else if let header = try? DNSHeader(decoding: payload) {
            // The capture cut the question.
            number = UInt32(header.id)
            isResponse = header.isResponse
        } else {
            return
        }
        if isResponse {
            reply(number, check: check, .dns, view, &other, time: time)
        } else {
            request(number, check: check, &sender, time: time)
        }
    }

    /// IKEv2: a response bears the number of its request, and requests that are repeated are the same to the byte
    /// (RFC 7296 §2.1).
    private mutating func ike(
        _ view: PacketView,
        _ sender: inout FlowSide,
        _ other: inout FlowSide,
        _ payload: RawSpan,
        time: Int64
    ) {
        guard let header = try? IKEHeader(decodingStartOf: payload), !header.isVersion1 else { return }
        let check = UInt32(truncatingIfNeeded: header.initiatorSPI ^ header.initiatorSPI >> 32) | 1
        if header.isResponse {
            reply(header.messageID, check: check, .ike, view, &other, time: time)
        } else {
            request(header.messageID, check: check, &sender, time: time)
        }
    }

    /// RFC 5880: state, and packets that did not come in the interval that both sides agreed on: the longer one of what the
    /// sender wants and what its peer allows (§6.8.7). While the peer has not been heard, or wants nothing, nobody knows it.
    private mutating func bidirectionalForwarding(
        _ view: PacketView,
        _ sender: inout FlowSide,
        peer: ControlMessages,
        _ payload: RawSpan,
        time: Int64
    ) {
        guard let packet = try? BFDPacket(decoding: payload) else { return }
        let before = parts.details[sender.detailBlock].control
        let gap = parts.details.change(&sender.detailBlock) { details in
            let gap = details.control.count(time: time)
            details.control.state = packet.state.rawValue
            if before.messages > 0, before.state != packet.state.rawValue { details.control.alarms &+= 1 }
            details.control.receiving = packet.requiredMinimumReceiveInterval
            return gap
        }
        let intervalBefore = sender.initialSequence
        let interval = peer.receiving == 0 ? 0 : max(packet.desiredMinimumTransmitInterval, peer.receiving)
        sender.initialSequence = interval
        if events.isCollecting {
            let session = FlowEvent.Session(
                sending: Int64(packet.desiredMinimumTransmitInterval) &* 1000,
                receiving: Int64(packet.requiredMinimumReceiveInterval) &* 1000,
                multiplier: packet.detectMultiplier
            )
            events.append(FlowEvent(.bfd, value: UInt32(packet.state.rawValue), session: session, view, time: time))
        }
        guard before.state == BFDState.up.rawValue, packet.state == .up, intervalBefore > 0 else { return }
        // An interval that has just changed may hold for the next packet only.
        let microseconds = max(intervalBefore, interval)
        let missed = UInt32(clamping: Self.missed(in: gap, interval: Int64(microseconds) &* 1000))
        parts.details.change(&sender.detailBlock) { $0.counters.lost &+= missed }
    }

    /// Packets that must have been sent in a gap. A sender shortens each interval by up to a quarter (RFC 5880 §6.8.7), so that
    /// only a gap of one and a half means that one is missing; what comes a twentieth late was not late when it was sent.
    static func missed(in gap: Int64, interval: Int64) -> Int64 {
        guard interval > 0, gap > interval &+ interval / 2 else { return 0 }
        let punctual = gap &- gap / 20
        return (punctual &- 1) / interval
    }

    /// The latency spin bit (RFC 9000 §17.4): a side's value turns once in a round trip. Only flows that began with a long
    /// header of a known version count; sides that never turn it give nothing.
    private mutating func quic(
        _ view: PacketView,
        _ sender: inout FlowSide,
        _ record: UnsafeMutablePointer<FlowRecord>,
        _ payload: RawSpan,
        time: Int64
    ) {
        if unsafe !record.pointee.isQUIC {
            guard let long = try? QUICLongHeader(decoding: payload), long.isFixedBitSet else { return }
            unsafe record.pointee.isQUIC = long.type != .versionNegotiation && long.version.isKnown
            return
        }
        guard let short = try? QUICShortHeader(decoding: payload) else { return }
        guard let roundTrip = sender.takeSpin(short.spin, time: time) else { return }
        guard roundTrip >= 0 else {
            totals.negativeRoundTrips &+= 1
            return
        }
        parts.quantiles.add(roundTrip, to: &sender.acknowledged, &sender.acknowledgedQuantiles)
        emit(.quicSpin, roundTrip, view, time: time)
    }
}

extension FlowSide {
    /// - Returns: the time since the last turn of the spin bit, when it turns again. A turn in less than a tenth of the usual
    ///   time is a packet out of order: it counts for nothing.
    fileprivate mutating func takeSpin(_ spin: Bool, time: Int64) -> Int64? {
        let value: UInt32 = spin ? 1 : 0
        guard marks.contains(.sequence) else {
            marks.insert(.sequence)
            nextSequence = value
            return nil
        }
        guard nextSequence != value else { return nil }
        guard marks.contains(.timed) else {
            marks.insert(.timed)
            nextSequence = value
            advanceTime = time
            return nil
        }
        let roundTrip = time &- advanceTime
        if acknowledged.count > 0, roundTrip < acknowledged.mean / 10 { return nil }
        nextSequence = value
        advanceTime = time
        return roundTrip
    }
}
