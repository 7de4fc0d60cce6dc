/// What a DNS server answered.
public struct DNSFacts: Sendable, Equatable {
    public struct Record: Sendable, Hashable {
        public var name: String
        /// `A`, `CNAME`.
        public var type: String
        public var ttl: UInt32
        /// In the form of zone files.
        public var value: String

        public init(name: String, type: String, ttl: UInt32, value: String) {
            self.name = name
            self.type = type
            self.ttl = ttl
            self.value = value
        }
    }

    /// `NOERROR`, `NXDOMAIN`.
    public var responseCode: String
    /// `udp`, or `tcp` after a truncated answer.
    public var transport: String
    /// The answer section: the whole chain of aliases.
    public var answers: [Record]

    public init(responseCode: String, transport: String, answers: [Record] = []) {
        self.responseCode = responseCode
        self.transport = transport
        self.answers = answers
    }
}
