public import Model
import Wire

/// What one probe came to, in the shapes that `netprobe probe` prints (contract §3).
public struct OneShotResult: Sendable, Equatable {
    public var target: Target?
    /// Nil on success.
    public var reason: Reason?
    public var duration: Duration?
    public var clock: StampClock?
    public var detail: OutcomeDetail?
    /// Time that the name took to resolve; nil for an address.
    public var resolving: Duration?
    /// The exit status.
    public var status: Int32
    /// Of a probe by a module.
    var module: ModuleAnswer?

    /// Nothing was probed and nothing is to be printed.
    static func refused(_ status: Int32) -> OneShotResult {
        OneShotResult(target: nil, reason: nil, status: status)
    }

    /// - Parameter duration: what the attempt took.
    init(target: Target?, reason: Reason?, duration: Duration? = nil, status: Int32) {
        self.target = target
        self.duration = duration
        self.reason = reason
        self.status = status
    }

    init(_ module: ModuleAnswer, status: Int32) {
        reason = module.reason
        duration = module.duration
        self.status = status
        self.module = module
    }

    init(target: Target, outcome: Outcome) {
        self.target = target
        detail = outcome.detail
        switch outcome.result {
        case .answered(let roundTrip, let clock):
            duration = roundTrip
            self.clock = clock
            status = 0
        case .failed(let reason):
            self.reason = reason
            duration = outcome.settledAt - outcome.sentAt
            status = reason == .permission ? 77 : 1
        case .invalid(let reason):
            self.reason = reason
            status = 1
        }
    }

    /// The address does not want, or cannot be reached: another of the name may.
    var refuses: Bool {
        switch reason {
        case .refused, .unreachableNet, .unreachableHost, .unreachablePort, .adminProhibited, .noRoute: true
        default: false
        }
    }

    /// The whole: the resolving and the probe.
    private var total: Duration? {
        guard let resolving else { return duration }
        return resolving + (duration ?? .zero)
    }

    private var phases: [OutcomeDetail.Phase] {
        let resolve = resolving.map { [OutcomeDetail.Phase(name: .resolve, duration: $0)] } ?? []
        return resolve + (detail?.phases ?? [])
    }

    /// Nil when there is nothing to print.
    public func rendered(as output: OneShotProbe.Output) -> String? {
        if let module { return output == .json ? module.json.text(pretty: true) : module.text }
        guard let target else { return nil }
        switch output {
        case .json: return json(target).text(pretty: true)
        case .text: return text(target)
        }
    }

    /// The keys of contract §3; what a probe does not have is null.
    private func json(_ target: Target) -> JSONValue {
        let phases = phases.map { ($0.name.rawValue, JSONValue.integer($0.duration.nanoseconds)) }
        return .object([
            ("target", .string(target.description)),
            ("success", .bool(status == 0)),
            ("reason", reason.map { .string($0.rawValue) } ?? .null),
            ("duration_ns", total.map { .integer($0.nanoseconds) } ?? .null),
            ("phases_ns", .object(phases)),
            ("proxy", detail?.request?.proxy?.json ?? .null),
            ("tls", detail?.request?.tls?.json ?? .null),
            ("status", detail?.request?.status.map { .integer(Int64($0)) } ?? .null),
            ("clock", clock.map { .string($0.rawValue) } ?? .null),
            ("answer", detail?.answer.map { .string($0) } ?? .null),
            ("responder", detail?.responder.map { .string($0.description) } ?? .null),
            ("retransmitted_syns", detail?.retransmittedSYNs.map { .integer(Int64($0)) } ?? .null),
            ("message", detail?.message.map { .string($0) } ?? .null),
            ("dns", detail?.request?.dns?.json ?? .null),
        ])
    }

    private func text(_ target: Target) -> String {
        var line = "\(target): "
        if let reason {
            line += "failed: \(reason.rawValue)"
            if let responder = detail?.responder { line += " (says \(responder))" }
        } else {
            line += "answered"
            if let duration { line += " in \(duration.millisecondsText) ms" }
            if let clock { line += " (\(clock.rawValue) clock)" }
        }
        if let resolving { line += ", resolved in \(resolving.millisecondsText) ms" }
        if let status = detail?.request?.status { line += ", status \(status)" }
        if let version = detail?.request?.tls?.version { line += ", \(version)" }
        if let proxy = detail?.request?.proxy {
            let statuses = proxy.statuses.map(String.init).joined(separator: ", ")
            line += ", proxy answered \(statuses.isEmpty ? "nothing" : statuses)"
        }
        if let dns = detail?.request?.dns {
            let values = dns.answers.map { "\($0.type) \($0.value)" }.joined(separator: ", ")
            line += ", \(dns.responseCode) by \(dns.transport)\(values.isEmpty ? "" : ": \(values)")"
        }
        if let answer = detail?.answer { line += ", \(answer)" }
        if let count = detail?.retransmittedSYNs, count > 0 { line += ", SYN sent \(count + 1) times" }
        if let message = detail?.message { line += ": \(message)" }
        return line
    }
}
