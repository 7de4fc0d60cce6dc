import Document
import Glibc
import Model
import Settings
import Sockets
import Synchronization
import Traceroute
import Wire

/// What `netprobe path` does: reads its options, traces, renders.
public struct PathTrace: Sendable {
    public enum Output: String, CaseIterable, Sendable { case table, json, csv, prometheus }
    public enum Family: Sendable { case v4, v6 }

    public struct Result: Sendable, Equatable {
        /// For standard output; nil when nothing could be traced.
        public var text: String?
        public var status: Int32
    }

    /// What the command line says, as it was written.
    public struct Options: Sendable {
        public enum Wire: String, CaseIterable, Sendable { case icmp, udp, tcp }
        public enum Strategy: String, CaseIterable, Sendable { case paris, dublin }

        public var target: String
        public var wire: Wire?
        public var port: UInt16?
        /// Nil: dublin.
        public var strategy: Strategy?
        public var isInSession = false
        /// A number, or `auto`.
        public var flows = "1"
        public var findsMTU = false
        public var count = 10
        /// Nil: 100 ms, or a second for the live view.
        public var interval: String?
        public var isWatching = false
        public var maxHops = 30
        public var source: String?
        public var interface: String?
        /// One at the most; empty for what the name has.
        public var families: [Family] = []
        public var config: String?
        public var resolvesNames = true
        /// A file of prefixes and their autonomous systems.
        public var asnTable: String?

        public init(target: String) {
            self.target = target
        }
    }

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    /// - Parameters:
    ///   - log: takes lines for standard error.
    ///   - abandon: ends the process where it is stopped while it still reads what it is to trace: a file may be a pipe into which
    ///     nobody writes, and the thread that reads cannot be ended.
    public func run(
        output: Output,
        colour: Bool,
        log: (String) -> Void,
        abandon: @escaping @Sendable (Result, _ message: String) -> Void
    ) -> Result {
        do {
            let cancellation = try TraceCancellation()
            let preparing = Preparing()
            let commands = try Inbox<TraceWatch.Command>()
            try Interrupt.watch { [self] in
                cancellation.cancel()
                // The live view waits for keys, not for the trace.
                commands.post(.quit)
                preparing.whileSo {
                    let message = "stopped before the trace began"
                    abandon(refused([message], 130, output), "netprobe path: \(message)")
                }
            }
            if options.isWatching, output != .table {
                throw StartFailure("netprobe path: --watch is a view for people: leave --output out", status: 64)
            }
            let request = try request(log)
            preparing.end()
            if options.isWatching {
                let interval = options.interval == nil ? PathWatch.interval : request.plan.interval
                return try PathWatch(
                    request: request,
                    interval: interval,
                    colour: colour,
                    cancellation: cancellation,
                    commands: commands
                ).run()
            }
            let report = try trace(request, cancellation: cancellation)
            return Result(text: render(report, output, colour), status: report.verdict.status.exitStatus)
        } catch let failure as StartFailure {
            for line in failure.lines { log(line) }
            return refused(failure.lines, failure.status, output)
        } catch let error as TraceError {
            log("netprobe path: \(error)")
            return refused(["\(error)"], error.exitStatus, output)
        } catch {
            log("netprobe path: \(error)")
            return refused(["\(error)"], 1, output)
        }
    }

    /// A script that wants JSON gets a document also where nothing could be traced (docs/path.schema.json).
    private func refused(_ lines: [String], _ status: Int32, _ output: Output) -> Result {
        guard output == .json else { return Result(text: nil, status: status) }
        let failure = CommandFailure(of: "path", target: options.target, said: lines, exitStatus: status)
        return Result(text: failure.json.text(pretty: true), status: status)
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
        guard options.families.count <= 1 else {
            throw StartFailure("netprobe path: -4 and -6 exclude each other; give one of the two", status: 64)
        }
        let interval = options.interval ?? "100ms"
        guard let period = Duration(parsing: interval) else {
            throw StartFailure(
                "netprobe path: --interval \(interval): no time; allowed: such as 100ms",
                status: 64
            )
        }
        var address: IPAddress?
        if let source = options.source {
            guard let parsed = IPAddress(source) else {
                throw StartFailure("netprobe path: --source \(source): no address", status: 64)
            }
            address = parsed
        }
        let plan = TracePlan(
            count: options.count,
            interval: period,
            maxHops: options.maxHops,
            flows: try flows()
        )
        var request = TraceRequest(
            target: options.target,
            protocol: options.wire.flatMap { TraceRequest.TraceProtocol(rawValue: $0.rawValue) },
            port: options.port,
            strategy: options.strategy.map { $0 == .paris ? .paris : .dublin },
            isInSession: options.isInSession,
            findsMTU: options.findsMTU,
            plan: plan,
            family: options.families.first.map { $0 == .v4 ? .v4 : .v6 },
            source: address,
            interface: options.interface,
            resolvesNames: options.resolvesNames,
            topology: try topology()
        )
        request.systems = try systems()
        return request
    }

    private func systems() throws(StartFailure) -> ASNTable? {
        guard let path = options.asnTable else { return nil }
        guard let content = TextFile.bytes(of: path, limit: Self.tableLimit) else {
            let limit = "\(Self.tableLimit >> 20) MiB"
            let message = "--asn-table \(path): cannot be read, or is longer than \(limit)"
            throw StartFailure("netprobe path: \(message)", status: 65)
        }
        do throws(ASNTable.Mistake) {
            return try ASNTable(parsing: content)
        } catch {
            throw StartFailure("netprobe path: \(path): \(error)", status: 65)
        }
    }

    /// Bytes of a table; the whole of the Internet takes about 40 MB.
    private static let tableLimit = 64 << 20

    private func flows() throws(StartFailure) -> FlowPlan {
        // A target has the same source ports in every run, so what is missed is missed each time: rarely enough.
        if options.flows == "auto" { return .automatic(.percent99) }
        guard let number = Int(options.flows), (1...FlowPlan.most).contains(number) else {
            throw StartFailure(
                "netprobe path: --flows \(options.flows): allowed: 1 to \(FlowPlan.most), or auto",
                status: 64
            )
        }
        return .fixed(number)
    }

    private func topology() throws(StartFailure) -> Topology? {
        guard let config = options.config else { return nil }
        let loaded = Configuration.load(path: config, environment: ProcessEnvironment.read(), host: SystemHost())
        guard let configuration = loaded.configuration else {
            throw StartFailure(lines: loaded.diagnostics.map(\.description), status: 65)
        }
        return configuration.topology
    }
}

/// Options and files are still being read.
private final class Preparing: Sendable {
    private let isSo = Mutex(true)

    func end() { isSo.withLock { $0 = false } }

    /// What is read at once does not count.
    func whileSo(_ body: () -> Void) {
        let end = SystemClock.monotonic() + .milliseconds(300)
        while SystemClock.monotonic() < end, isSo.withLock({ $0 }) { usleep(5_000) }
        isSo.withLock { if $0 { body() } }
    }
}
