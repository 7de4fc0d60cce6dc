/// All checks of one host; pure.
public struct HostReview: Sendable {
    private let files: HostFiles
    private let state: HostState?

    /// - Parameter state: nil where the files are of another root, of which nothing runs.
    public init(files: HostFiles, state: HostState?) {
        self.files = files
        self.state = state
    }

    /// In the order: what netprobe needs, the proxy, the agent, the system.
    public var findings: [Finding] {
        ProbingChecks(state: state).findings + unreadable
            + ProxyChecks(settings: ProxySettings(files)).findings
            + AgentChecks(host: files, now: state?.now).findings
            + WireserverCheck(host: files, state: state).findings
            + SystemChecks(host: files).findings
    }

    /// Wireserver is asked unless the chassis says that this is no Azure VM.
    public var asksWireserver: Bool { AzureMachine(files) != .no }

    private var unreadable: [Finding] {
        files.files.sorted { $0.key < $1.key }.compactMap { path, content in
            guard case .unreadable(let cause) = content else { return nil }
            return Finding("HOST-FILES", .unknown, "cannot be read: \(cause)", at: path)
        }
    }
}
