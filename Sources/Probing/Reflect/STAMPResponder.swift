public import Wire

/// Makes the answer of a STAMP session-reflector (RFC 8762 §4.3, unauthenticated mode). A question of 14 to 43 bytes is TWAMP Light's and gets the 44 bytes of
/// STAMP; a longer one gets its own tail back, so that both directions carry as many bytes (RFC 8762 §4.6).
public enum STAMPResponder {
    /// The shortest test packet: that of TWAMP Light without padding (RFC 5357 appendix I).
    public static let shortest = 14

    /// The session identifier of a question; 0 where it has none.
    public static func sessionID(of request: RawSpan) -> UInt16 {
        (try? STAMPTest(decoding: request))?.sessionID ?? 0
    }

    /// - Parameters:
    ///   - sequence: of the answer within its session; nil copies the sender's, as a stateless reflector does.
    ///   - ttl: with which the question came; 255 where the kernel did not say, as RFC 8762 §4.3 asks.
    ///   - received: T2.
    ///   - sent: T3.
    ///   - buffer: takes the answer; it must hold `max(44, request)` bytes for all of it.
    /// - Returns: the length of the answer; nil for what is no question.
    public static func write(
        answerTo request: RawSpan,
        sequence: UInt32? = nil,
        ttl: UInt8?,
        received: NTPTimestamp,
        sent: NTPTimestamp,
        errorEstimate: STAMPErrorEstimate,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Int? {
        guard request.byteCount >= shortest, buffer.count >= STAMPReflection.length else { return nil }
        guard let test = question(in: request), test.errorEstimate.isValid else { return nil }
        let reflection = STAMPReflection(
            to: test,
            sequence: sequence ?? test.sequence,
            received: received,
            sent: sent,
            errorEstimate: errorEstimate,
            senderTTL: ttl ?? 255
        )
        guard (try? reflection.write(into: buffer)) != nil else { return nil }
        let end = min(request.byteCount, buffer.count)
        guard end > STAMPReflection.length else { return STAMPReflection.length }
        let tail = request.extracting(STAMPReflection.length..<end)
        tail.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(rebasing: buffer[STAMPReflection.length..<end]).copyMemory(from: source)
        }
        return end
    }

    /// A question shorter than STAMP's own has no session identifier: those bytes are padding.
    private static func question(in request: RawSpan) -> STAMPTest? {
        if request.byteCount >= STAMPTest.length { return try? STAMPTest(decoding: request) }
        var padded = [UInt8](repeating: 0, count: STAMPTest.length)
        request.extracting(0..<shortest).withUnsafeBytes { source in
            padded.withUnsafeMutableBytes { $0.copyMemory(from: source) }
        }
        return try? STAMPTest(decoding: padded.span.bytes)
    }
}
