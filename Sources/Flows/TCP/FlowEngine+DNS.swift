internal import Wire

extension FlowEngine {
    /// DNS over TCP (RFC 7766): messages that a segment starts with, each behind its length. Of one side one question waits; while
    /// it does, others are not timed. The answer counts with its first segment.
    @inline(never)
    mutating func domainName(
        _ view: PacketView,
        _ record: UnsafeMutablePointer<FlowRecord>,
        isReversed: Bool,
        _ payload: RawSpan,
        time: Int64
    ) {
        guard payload.byteCount > DNSStream.prefixLength else { return }
        let message = payload.extracting(DNSStream.prefixLength..<payload.byteCount)
        guard let found = try? DNSTransaction(decoding: message), found.questionHash != 0 else { return }
        let number = UInt32(found.header.id)
        let check = UInt32(truncatingIfNeeded: found.questionHash ^ found.questionHash >> 32)
        let (sender, other) = unsafe FlowRecord.sides(record, isReversed: isReversed)
        if !found.header.isResponse {
            unsafe sender.pointee.ask(number, check: check, time: time, &parts)
        } else if let asked = unsafe other.pointee.takeQuestion(number, check: check, &parts), !asked.isAmbiguous {
            guard time >= asked.time else {
                totals.negativeRoundTrips &+= 1
                return
            }
            emit(.dns, time &- asked.time, view, time: time)
        }
    }
}

extension FlowSide {
    fileprivate mutating func ask(_ number: UInt32, check: UInt32, time: Int64, _ parts: inout SideParts) {
        let question = parts.details[detailBlock].question
        let isPending = question.time != 0 && time &- question.lastTime <= FlowEngine.answerLimit
        if isPending, question.key == number, question.start == check {
            parts.details.change(&detailBlock) { $0.question = question.repeated(at: time) }
        } else if !isPending {
            parts.details.change(&detailBlock) { $0.question = Stamp(time: time, key: number, start: check) }
        }
    }

    fileprivate mutating func takeQuestion(_ number: UInt32, check: UInt32, _ parts: inout SideParts) -> Stamp? {
        let question = parts.details[detailBlock].question
        guard question.time != 0, question.key == number, question.start == check else { return nil }
        parts.details.change(&detailBlock) { $0.question.time = 0 }
        return question
    }
}
