/// What one client, and all together, may take of the server.
public struct WebLimits: Sendable, Equatable {
    /// Request line and header fields in bytes.
    public var headerBytes = 16 * 1024
    public var bodyBytes = 64 * 1024
    /// From the connection to the end of the first request's header.
    public var headerTime: Duration = .seconds(10)
    /// From the end of the header to the end of the body.
    public var bodyTime: Duration = .seconds(10)
    /// For the whole answer, so that a client that reads slowly does not hold it for ever.
    public var writeTime: Duration = .seconds(30)
    /// Between requests. Longer than the usual scrape interval, so that scrapers keep their connection.
    public var idleTime: Duration = .seconds(180)
    /// For the requests that run when the server ends.
    public var endTime: Duration = .milliseconds(500)
    /// After the last answer of a connection, for what the client still sends.
    public var lingerTime: Duration = .seconds(1)
    public var connections = 512
    public var connectionsPerSource = 128
    /// Scrapes answered at once; a further one gets 503.
    public var scrapes = 40

    public init() {}

    var bodyRefusal: String { "413 a body has at most \(bodyBytes) bytes here" }
}
