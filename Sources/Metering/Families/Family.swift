/// The kind of a family or series as a type, so that a gauge cannot be counted up by mistake.
public protocol MetricKind: Sendable {}

/// Only rises; starts at 0.
public enum Counter: MetricKind {}
/// A number that may be absent.
public enum Gauge: MetricKind {}
/// Durations: classic and native buckets.
public enum Histogram: MetricKind {}
/// A fact; the value is 1.
public enum Info: MetricKind {}
/// One of a closed list of states, or unknown.
public enum StateSet: MetricKind {}

/// A declared family whose kind the compiler knows.
public struct Family<Kind: MetricKind>: Sendable, Hashable {
    public let definition: MetricDefinition
}

extension Family where Kind == Counter {
    /// - Parameter name: with prefix and `_total`.
    public init(_ name: String, _ help: String, unit: String = "", labels: [String] = []) {
        definition = MetricDefinition(
            name: name,
            type: .counter,
            help: help,
            unit: unit,
            labels: labels,
            states: [],
            bounds: []
        )
    }
}

extension Family where Kind == Gauge {
    public init(_ name: String, _ help: String, unit: String = "", labels: [String] = []) {
        definition = MetricDefinition(
            name: name,
            type: .gauge,
            help: help,
            unit: unit,
            labels: labels,
            states: [],
            bounds: []
        )
    }
}

extension Family where Kind == Histogram {
    /// - Parameter bounds: upper bounds of the classic buckets, rising, without +Inf.
    public init(_ name: String, _ help: String, labels: [String] = [], bounds: [Duration]) {
        definition = MetricDefinition(
            name: name,
            type: .histogram,
            help: help,
            unit: "seconds",
            labels: labels,
            states: [],
            bounds: bounds.map(Self.nanoseconds)
        )
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

extension Family where Kind == Info {
    /// - Parameter name: with prefix and `_info`.
    public init(_ name: String, _ help: String, labels: [String]) {
        definition = MetricDefinition(
            name: name,
            type: .info,
            help: help,
            unit: "",
            labels: labels,
            states: [],
            bounds: []
        )
    }
}

extension Family where Kind == StateSet {
    /// - Parameters:
    ///   - labels: without that of the state, which comes last.
    ///   - stateLabel: the label that names the state.
    public init(_ name: String, _ help: String, labels: [String], stateLabel: String, states: [String]) {
        definition = MetricDefinition(
            name: name,
            type: .stateSet,
            help: help,
            unit: "",
            labels: labels + [stateLabel],
            states: states,
            bounds: []
        )
    }

    /// A fact that is one of a closed list and of which only the current one is shown.
    /// - Parameter infoName: with prefix and `_info`.
    public init(infoName: String, _ help: String, labels: [String], stateLabel: String, states: [String]) {
        definition = MetricDefinition(
            name: infoName,
            type: .info,
            help: help,
            unit: "",
            labels: labels + [stateLabel],
            states: states,
            bounds: []
        )
    }
}
