import Capture
import Flows
import Model

/// What a capture gives: its samples by frame, and the session for everything else.
struct Recording {
    /// Of each frame the samples that it completes.
    private(set) var samples: [UInt64: [(method: SampleMethod, roundTrip: Int64)]] = [:]
    private(set) var json: String
    private(set) var failures: [CaptureError]
    private(set) var packets: UInt64
    private(set) var bytes: UInt64
    private(set) var first: Int64
    private(set) var last: Int64
    private(set) var links: [String]
    private(set) var table: String
    private(set) var csv: String
    private(set) var prometheus: String

    init(_ path: String, filter: String? = nil, isExact: Bool = true) {
        var flows = FlowEngineOptions()
        flows.isExact = isExact
        flows.collectsSamples = true
        let options = CaptureOptions(sources: [path], filter: filter, flows: flows)
        var session = CaptureSession(options, cancellation: CaptureCancellation())
        var found: [(UInt64, SampleMethod, Int64)] = []
        session.run {
            found.append(($0.frame, $0.method, $0.roundTrip))
        } progress: { _ in
        }
        for (frame, method, roundTrip) in found { samples[frame, default: []].append((method, roundTrip)) }
        let report = CaptureReport(of: session, options, by: .flow, limit: nil, isCancelled: false)
        json = report.json.text()
        table = report.table()
        csv = report.csv
        prometheus = report.prometheus
        failures = session.failures
        packets = report.totals.packets
        bytes = report.totals.bytes
        first = report.totals.firstTime
        last = report.totals.lastTime
        links = report.linkTypes
    }

    /// The first sample of a frame by one of these methods.
    func roundTrip(_ frame: UInt64, _ methods: Set<SampleMethod>) -> Int64? {
        samples[frame]?.first { methods.contains($0.method) }?.roundTrip
    }
}
