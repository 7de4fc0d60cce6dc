/// What `netprobe serve` was asked for.
public struct ServeOptions: Sendable, Equatable {
    public enum Source: Sendable, Equatable {
        case file(String)
        /// The embedded network.
        case demo
    }

    public var source: Source
    /// `HOST:PORT` in place of the configuration's; nil for that.
    public var listen: String?
    public var version: String

    public init(source: Source, listen: String?, version: String) {
        self.source = source
        self.listen = listen
        self.version = version
    }

    public static let standardFile = "/etc/netprobe/netprobe.yml"
}

/// Why the program cannot start: sentences for people and an exit status.
struct StartFailure: Error {
    var lines: [String]
    var status: Int32

    init(_ line: String, status: Int32) {
        lines = [line]
        self.status = status
    }

    init(lines: [String], status: Int32) {
        self.lines = lines
        self.status = status
    }
}
