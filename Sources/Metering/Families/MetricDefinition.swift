/// What kind of numbers a family holds.
public enum MetricType: String, Sendable, CaseIterable {
    case counter, gauge, histogram
    /// Facts in labels, the value always 1; the name ends in `_info`.
    case info
    /// One gauge a state, of which exactly one is 1; the last label names the state.
    case stateSet

    /// The word of text format 0.0.4, which knows no info; state sets are plain gauges with a label of their own name.
    var textName: String {
        switch self {
        case .counter: "counter"
        case .gauge, .info, .stateSet: "gauge"
        case .histogram: "histogram"
        }
    }

    /// The word of OpenMetrics 1.0.0. Its own state set would demand a label named as the family.
    var openMetricsName: String { self == .info ? "info" : textName }
}

/// One family of metrics as declared: everything but its series.
public struct MetricDefinition: Hashable, Sendable {
    /// The whole name as text format 0.0.4 shows it: with prefix, unit and `_total`.
    public let name: String
    public let type: MetricType
    public let help: String
    /// Base unit, the suffix of the name before `_total`; empty for none.
    public let unit: String
    /// Label names in order. For state sets and for infos with `states` the last one is filled from `states`.
    public let labels: [String]
    /// The closed list of values of the last label; empty where the label is free.
    public let states: [String]
    /// Upper bounds of the classic buckets in nanoseconds, rising; empty unless a histogram.
    public let bounds: [Int64]

    /// How many label values the caller gives.
    var freeLabelCount: Int { labels.count - (states.isEmpty ? 0 : 1) }

    /// The name of the family in OpenMetrics: without `_total` or `_info`.
    public var openMetricsName: String {
        switch type {
        case .counter where name.hasSuffix("_total"): String(name.dropLast("_total".count))
        case .info where name.hasSuffix("_info"): String(name.dropLast("_info".count))
        default: name
        }
    }
}
