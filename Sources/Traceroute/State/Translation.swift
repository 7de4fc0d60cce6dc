public import Wire

/// What address translation (NAT) did to a datagram, as its quote shows. Translators that mend the quote on its way back,
/// as Linux does, leave no trace.
public struct Translation: Hashable, Sendable {
    /// Source of the quoted datagram, where it is not ours.
    public var source: IPAddress?
    /// Destination and port of the quoted datagram, where they are not those that it was sent to.
    public var destination: IPAddress?
    public var destinationPort: UInt16?
    /// Transport checksum as quoted and as sent, where they differ (the method of dublin-traceroute).
    public var checksum: UInt16?
    public var sentChecksum: UInt16?

    /// Nil when the quote is as it was sent.
    public init?(
        quotedSource: IPAddress,
        sentSource: IPAddress,
        quotedDestination: IPAddress? = nil,
        sentDestination: IPAddress? = nil,
        quotedChecksum: UInt16? = nil,
        sentChecksum: UInt16? = nil
    ) {
        source = quotedSource == sentSource ? nil : quotedSource
        if let quotedChecksum, let sentChecksum, quotedChecksum != sentChecksum {
            checksum = quotedChecksum
            self.sentChecksum = sentChecksum
        }
        if let quotedDestination, quotedDestination != sentDestination { destination = quotedDestination }
        guard source != nil || destination != nil || checksum != nil else { return nil }
    }

    /// - Parameter own: addresses of this host; one of them as the source has not been translated.
    /// - Returns: nil where nothing else was changed. The checksum covers the source.
    func without(_ own: Set<IPAddress>) -> Translation? {
        guard let source, own.contains(source) else { return self }
        guard destination != nil || destinationPort != nil else { return nil }
        var rest = self
        (rest.source, rest.checksum, rest.sentChecksum) = (nil, nil, nil)
        return rest
    }
}

extension Translation {
    /// - Parameter port: the destination's, as quoted.
    init?(
        quoted quote: QuotedDatagram,
        port: UInt16,
        flow: Int,
        sent: FlowPorts,
        quotedChecksum: UInt16? = nil,
        sentChecksum: UInt16? = nil
    ) {
        self.init(
            quotedSource: quote.source,
            sentSource: sent.source(of: flow),
            quotedDestination: quote.destination,
            sentDestination: sent.target,
            quotedChecksum: quotedChecksum,
            sentChecksum: sentChecksum
        )
        if port != sent.targetPort { destinationPort = port }
    }
}
