public import Metering
public import Model

/// What the server shows and does; the caller gives it, the server knows nothing of how it comes about.
public struct WebSource: Sendable {
    public enum Readiness: Sendable, Equatable {
        case ready
        case notReady(String)
    }

    /// Why a reload left the former configuration running; shown to the client as it is.
    public struct ReloadFailure: Error, Equatable {
        public var message: String

        public init(_ message: String) {
            self.message = message
        }
    }

    /// Why a trace was not made; the text is for the client, as a document (docs/path.schema.json).
    public struct PathRefusal: Error, Equatable {
        public enum Kind: Sendable {
            /// The target cannot be asked for: 400.
            case unusable
            /// The configuration denies it: 403.
            case denied
            /// Too many at once: 503.
            case busy
            /// This host cannot: 500.
            case failed
        }

        public var kind: Kind
        public var message: String
        /// What `netprobe path` would end with.
        public var exitStatus: Int32

        public init(_ kind: Kind, _ message: String, exitStatus: Int32 = 1) {
            self.kind = kind
            self.message = message
            self.exitStatus = exitStatus
        }
    }

    /// What `/probe` is asked (contract §4), as it was written.
    public struct ProbeQuery: Sendable, Equatable {
        public var target: String
        /// Empty for the usual one.
        public var module: String
        public var hostname: String
        public var isDebugging: Bool
        /// `X-Prometheus-Scrape-Timeout-Seconds`.
        public var timeout: String?

        public init(target: String, module: String, hostname: String, isDebugging: Bool, timeout: String?) {
            self.target = target
            self.module = module
            self.hostname = hostname
            self.isDebugging = isDebugging
            self.timeout = timeout
        }
    }

    public enum ProbeReply: Sendable, Equatable {
        /// Metrics in text format 0.0.4.
        case metrics(String)
        /// The log, the metrics and the module.
        case debug(String)
        /// Status and a line of text.
        case refused(status: Int, String)
    }

    /// Facts for the first page.
    public struct About: Sendable, Equatable {
        public var version: String
        public var site: String
        public var vantage: String

        public init(version: String, site: String, vantage: String) {
            self.version = version
            self.site = site
            self.vantage = vantage
        }
    }

    public var about: @Sendable () -> About
    public var metrics: @Sendable (ExpositionFormat) async -> [UInt8]
    public var links: @Sendable () async -> JSONValue
    public var paths: @Sendable () async -> JSONValue
    public var alerts: @Sendable () async -> JSONValue
    public var events: @Sendable () async -> JSONValue
    /// Traces a target, as `netprobe path` does.
    public var path: @Sendable (String) async -> Result<JSONValue, PathRefusal>
    /// Probes a target as blackbox_exporter does.
    public var probe: @Sendable (ProbeQuery) async -> ProbeReply
    /// The running configuration as YAML, secrets replaced.
    public var configuration: @Sendable () async -> String
    public var reload: @Sendable () async -> Result<Void, ReloadFailure>
    public var readiness: @Sendable () async -> Readiness

    public init(
        about: @escaping @Sendable () -> About,
        metrics: @escaping @Sendable (ExpositionFormat) async -> [UInt8],
        links: @escaping @Sendable () async -> JSONValue,
        paths: @escaping @Sendable () async -> JSONValue,
        alerts: @escaping @Sendable () async -> JSONValue,
        events: @escaping @Sendable () async -> JSONValue,
        path: @escaping @Sendable (String) async -> Result<JSONValue, PathRefusal>,
        probe: @escaping @Sendable (ProbeQuery) async -> ProbeReply,
        configuration: @escaping @Sendable () async -> String,
        reload: @escaping @Sendable () async -> Result<Void, ReloadFailure>,
        readiness: @escaping @Sendable () async -> Readiness
    ) {
        self.about = about
        self.metrics = metrics
        self.links = links
        self.paths = paths
        self.alerts = alerts
        self.events = events
        self.path = path
        self.probe = probe
        self.configuration = configuration
        self.reload = reload
        self.readiness = readiness
    }
}
