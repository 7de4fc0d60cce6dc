import Document
import Model
import Settings
import Sockets
import Traceroute
import Wire

/// What `netprobe path` does: reads its options, traces, renders.
public struct PathTrace {
    public enum Output: String, CaseIterable, Sendable { case table, json, csv, prometheus }
    public enum Family: Sendable { case v4, v6 }

    public struct Result: Sendable, Equatable {
        /// For standard output; nil when nothing could be traced.
        public var text: String?
        public var status: Int32
    }

    private let target: String
    private let count: Int
    private let interval: String
    private let maxHops: Int
    private let source: String?
    private let interface: String?
    private let family: Family?
    private let config: String?
    private let resolvesNames: Bool

    public init(
        target: String,
        count: Int,
        interval: String,
        maxHops: Int,
        source: String?,
        interface: String?,
        family: Family?,
        config: String?,
        resolvesNames: Bool
    ) {
        self.target = target
        self.count = count
        self.interval = interval
        self.maxHops = maxHops
        self.source = source
        self.interface = interface
        self.family = family
        self.config = config
        self.resolvesNames = resolvesNames
    }

    /// - Parameter log: takes lines for standard error.
    public func run(output: Output, colour: Bool, log: (String) -> Void) -> Result {
        do {
            let request = try request(log)
            let cancellation = try TraceCancellation()
            try Interrupt.watch { cancellation.cancel() }
            let report = try trace(request, cancellation: cancellation)
            return Result(text: render(report, output, colour), status: report.verdict.status.exitStatus)
        } catch let failure as StartFailure {
            for line in failure.lines { log(line) }
            return Result(text: nil, status: failure.status)
        } catch let error as TraceError {
            log("netprobe path: \(error)")
            return Result(text: nil, status: error.exitStatus)
        } catch {
            log("netprobe path: \(error)")
            return Result(text: nil, status: 1)
        }
    }

    private func render(_ report: TraceReport, _ output: Output, _ colour: Bool) -> String {
        let text =
            switch output {
            case .table: report.table(colour: colour)
            case .json: report.json.text(pretty: true)
            case .csv: report.csv
            case .prometheus: report.prometheus
            }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    private func request(_ log: (String) -> Void) throws(StartFailure) -> TraceRequest {
        guard let period = Duration(parsing: interval) else {
            throw StartFailure("netprobe path: --interval \(interval): no time; allowed: such as 100ms", status: 64)
        }
        var address: IPAddress?
        if let source {
            guard let parsed = IPAddress(source) else {
                throw StartFailure("netprobe path: --source \(source): no address", status: 64)
            }
            address = parsed
        }
        var topology: Topology?
        if let config {
            let loaded = Configuration.load(path: config, environment: ProcessEnvironment.read(), host: SystemHost())
            guard let configuration = loaded.configuration else {
                throw StartFailure(lines: loaded.diagnostics.map(\.description), status: 65)
            }
            topology = configuration.topology
        }
        let plan = TracePlan(count: count, interval: period, maxHops: maxHops)
        return TraceRequest(
            target: target,
            plan: plan,
            family: family.map { $0 == .v4 ? .v4 : .v6 },
            source: address,
            interface: interface,
            resolvesNames: resolvesNames,
            topology: topology
        )
    }
}
