import Capture
import Flows
import Model
import Sockets

/// What `netprobe capture` does: reads its options, captures, renders.
public struct PacketCapture {
    public enum Output: String, CaseIterable, Sendable { case table, json, csv, prometheus }
    public enum Grouping: String, CaseIterable, Sendable { case flow, host, path }

    private let sources: [String]
    private let filter: String?
    private let grouping: Grouping
    private let duration: String?
    private let top: Int
    private let showsSamples: Bool
    private let isExact: Bool

    public init(
        sources: [String],
        filter: String?,
        grouping: Grouping,
        duration: String?,
        top: Int,
        showsSamples: Bool,
        isExact: Bool
    ) {
        self.sources = sources
        self.filter = filter
        self.grouping = grouping
        self.duration = duration
        self.top = top
        self.showsSamples = showsSamples
        self.isExact = isExact
    }

    /// - Parameters:
    ///   - print: takes text for standard output, with its line ends.
    ///   - log: takes lines for standard error.
    ///   - progress: takes a line that replaces the one before; nil where nobody watches.
    /// - Returns: the exit status.
    public func run(
        output: Output,
        colour: Bool,
        print: (String) -> Void,
        log: (String) -> Void,
        progress: ((String) -> Void)?
    ) -> Int32 {
        do {
            guard !showsSamples || output == .table || output == .csv else {
                throw StartFailure(
                    "netprobe capture: --output \(output.rawValue): --samples are lines of CSV; allowed: --output csv, or none",
                    status: 64
                )
            }
            let options = try options()
            let cancellation = CaptureCancellation()
            try Interrupt.watch { cancellation.cancel() }
            return capture(options, cancellation, output, colour, print, log, progress)
        } catch let failure as StartFailure {
            for line in failure.lines { log(line) }
            if output == .json {
                let refusal = CommandFailure(
                    of: "capture",
                    target: sources.first,
                    said: failure.lines,
                    exitStatus: failure.status
                )
                print(refusal.json.text(pretty: true) + "\n")
            }
            return failure.status
        } catch {
            log("netprobe capture: \(error)")
            return 1
        }
    }

    private func capture(
        _ options: CaptureOptions,
        _ cancellation: CaptureCancellation,
        _ output: Output,
        _ colour: Bool,
        _ print: (String) -> Void,
        _ log: (String) -> Void,
        _ progress: ((String) -> Void)?
    ) -> Int32 {
        var session = CaptureSession(options, cancellation: cancellation)
        var line = CaptureProgressLine()
        var samples = showsSamples ? Sample.csvHeader + "\n" : ""
        session.run { sample in
            sample.appendCSV(to: &samples)
        } progress: { state in
            if !samples.isEmpty { print(samples) }
            samples = ""
            if let progress, let text = line.text(for: state) { progress(text) }
        }
        if let progress, line.isShown { progress("") }
        if showsSamples {
            print(samples)
        } else {
            let limit = output == .csv || top == 0 ? nil : top
            let report = CaptureReport(
                of: session,
                options,
                by: FlowGrouping(rawValue: grouping.rawValue) ?? .flow,
                limit: limit,
                isCancelled: cancellation.isCancelled
            )
            write(report, output, colour, print)
        }
        for failure in session.failures { log("netprobe capture: \(failure)") }
        return session.failures.first?.exitStatus ?? 0
    }

    private func write(_ report: CaptureReport, _ output: Output, _ colour: Bool, _ print: (String) -> Void) {
        switch output {
        case .table: print(report.table(colour: colour))
        case .json: report.writeJSON(to: print)
        case .csv: report.writeCSV(to: print)
        case .prometheus: print(report.prometheus)
        }
    }

    private func options() throws(StartFailure) -> CaptureOptions {
        guard top >= 0 else {
            throw StartFailure("netprobe capture: --top \(top): allowed: 0 (all) or more", status: 64)
        }
        var limit: Duration?
        if let duration {
            guard let parsed = Duration(parsing: duration), parsed > .zero else {
                throw StartFailure(
                    "netprobe capture: --duration \(duration): no time; allowed: such as 30s",
                    status: 64
                )
            }
            limit = parsed
        }
        let interfaces = sources.filter(CaptureSession.isInterface)
        guard interfaces.isEmpty || sources.count == 1 else {
            throw StartFailure(
                "netprobe capture: \(interfaces[0]) is no file; an interface is captured alone",
                status: 69
            )
        }
        var flows = FlowEngineOptions()
        flows.isExact = isExact
        flows.collectsSamples = showsSamples
        flows.keepsEvictedPaths = grouping != .flow
        return CaptureOptions(sources: sources, filter: filter, duration: limit, flows: flows)
    }
}

extension CaptureError {
    /// sysexits(3), as the manual lists them.
    var exitStatus: Int32 {
        switch kind {
        case .input: 65
        case .absent: 69
        case .privilege: 77
        case .filter: 64
        }
    }
}
