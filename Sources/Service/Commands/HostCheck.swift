import Glibc
import Model
import Planning
import Probing
import Scheduling
import Sockets
import Wire

/// What `netprobe host` does: judges this host, or the files of another root.
public struct HostCheck {
    public enum Output: String, CaseIterable, Sendable { case text, json }

    /// The agent's own question; the answer is a list of versions.
    private static let wireserver = Target(
        scheme: .http,
        host: "168.63.129.16",
        path: "/?comp=versions"
    )
    private static let wireserverTimeout: Duration = .seconds(2)

    public struct Result: Sendable, Equatable {
        /// For standard output; nil where nothing could be judged.
        public var text: String?
        /// The exit status.
        public var status: Int32
    }

    private let root: String?
    private let isStrict: Bool

    /// - Parameters:
    ///   - root: a folder whose files are judged in place of this host's; nil for this host.
    ///   - isStrict: a warning is a failure too.
    public init(root: String?, isStrict: Bool) {
        self.root = root
        self.isStrict = isStrict
    }

    /// - Parameters:
    ///   - width: columns of the text.
    ///   - log: takes lines for standard error.
    public func run(_ output: Output, width: Int, colour: Bool, log: (String) -> Void) -> Result {
        let files: HostFiles
        do throws(SystemError) {
            files = try HostFolder(root ?? "/").files()
        } catch {
            log("netprobe host: \(root ?? "/"): \(error.message); --root takes a folder")
            return Result(text: nil, status: 65)
        }
        let asks = root == nil && HostReview(files: files, state: nil).asksWireserver
        let state = root == nil ? Self.state(askingWireserver: asks) : nil
        let findings = HostReview(files: files, state: state).findings
        let report = FindingReport(subject: root ?? "this host", findings: findings)
        let text =
            switch output {
            case .text: report.text(width: width, colour: colour)
            case .json: report.json.text(pretty: true)
            }
        return Result(text: text, status: report.exitStatus(isStrict: isStrict))
    }

    private static func state(askingWireserver: Bool) -> HostState {
        let capabilities = EngineCapabilities.found()
        return HostState(
            icmpV4: access(capabilities.icmpV4),
            icmpV6: access(capabilities.icmpV6),
            canMark: capabilities.canMark,
            isRoot: geteuid() == 0,
            stampsV4: capabilities.clocks[.v4] == .kernel,
            stampsV6: capabilities.clocks[.v6] == .kernel,
            clockError: ClockQuality.error(),
            now: SystemClock.wall(),
            wireserver: askingWireserver ? askWireserver() : nil
        )
    }

    private static func access(_ access: EngineCapabilities.ICMPAccess) -> HostState.ICMPAccess {
        switch access {
        case .raw: .raw
        case .ping: .ping
        case .none: .none
        }
    }

    /// Without a proxy, whatever the environment says.
    private static func askWireserver() -> HostState.Wireserver? {
        guard let question = RequestQuestion(wireserver, expecting: [], throughProxy: false) else { return nil }
        let request = OneShotRequest(
            target: wireserver,
            question: question,
            proxy: nil,
            timeout: wireserverTimeout,
            caFile: nil
        )
        do throws(SystemError) {
            let result = try request.run({ _ in }, debug: { _ in })
            if let status = result.detail?.request?.status { return .answered(status: status) }
            return .failed(result.reason ?? .internal)
        } catch {
            return .failed(.internal)
        }
    }
}
