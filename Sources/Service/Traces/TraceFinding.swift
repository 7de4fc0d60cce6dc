import Metering
import Model

/// Which regular trace: its labels among the metrics.
struct TraceKey: Sendable, Hashable {
    /// Empty for the edge of a path.
    var link: String
    /// Empty for a workload.
    var path: String
    var target: Target
}

/// What one of the regular traces found.
struct TraceFinding: Sendable, Equatable {
    var key: TraceKey
    /// Nil while the target does not answer, and where nobody knows whether it does.
    var hops: Int?
    /// Of the way as it is known; empty before any is.
    var hash: String
    /// Nil where it was not searched this time or is not known.
    var mtu: Int?
    /// The same, where it is proven to be the path's own.
    var ownMTU: Int?
    /// Another way than the time before.
    var isChange: Bool
    /// At the target, by flow; what was not measured is missing.
    var flowLoss: [Int: Double] = [:]

    /// Shows it. The path MTU stays when it was not searched: it is in one trace of ten.
    func show(on series: inout TraceSeries, in store: inout MetricStore) {
        store.set(series.hops, hops.map(Double.init))
        if let mtu { store.set(series.mtu, Double(mtu)) }
        if isChange { store.add(series.changes) }
        if !hash.isEmpty { series.showRoute(hash, in: &store) }
        for (flow, loss) in series.flowLoss.enumerated() { store.set(loss, flowLoss[flow]) }
    }
}
