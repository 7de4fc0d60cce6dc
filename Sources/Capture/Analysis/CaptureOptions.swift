public import Flows

/// What is wanted of a capture.
public struct CaptureOptions: Sendable {
    /// Files, `-` for standard input, or one interface.
    public var sources: [String]
    /// In the language of pcap-filter(7); nil: every packet.
    public var filter: String?
    /// Of a live capture; nil: until it is cancelled.
    public var duration: Duration?
    public var flows: FlowEngineOptions

    public init(sources: [String], filter: String? = nil, duration: Duration? = nil, flows: FlowEngineOptions) {
        self.sources = sources
        self.filter = filter
        self.duration = duration
        self.flows = flows
    }
}

/// How far a capture is.
public struct CaptureProgress: Sendable {
    public var source: String
    public var packets: UInt64
    /// Of the file; 0 for a live capture.
    public var bytesRead: Int
    /// 0 where it is not known.
    public var bytesTotal: Int
}
