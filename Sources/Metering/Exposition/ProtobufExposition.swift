/// The delimited protobuf form: `io.prometheus.client.MetricFamily` messages, each after its length, histograms with
/// classic and native buckets.
struct ProtobufExposition {
    private var output = ProtobufWriter()
    private var family = ProtobufWriter()
    private var metric = ProtobufWriter()
    private var inner = ProtobufWriter()
    private var part = ProtobufWriter()

    private init() {}

    static func render(_ store: MetricStore) -> [UInt8] {
        var exposition = Self()
        for family in store.families { exposition.write(family, store) }
        return exposition.output.bytes
    }

    private mutating func write(_ state: FamilyState, _ store: MetricStore) {
        let definition = state.definition
        family.removeAll()
        family.field(1, string: definition.name)
        family.field(2, string: definition.help)
        family.field(3, varint: definition.type.protobufNumber)
        let header = family.bytes.count
        for entry in state.entries {
            if definition.type == .histogram {
                beginMetric(entry, definition, state: nil)
                write(store.histograms[Int(entry.slot)])
                family.field(4, bytes: metric.bytes)
            } else {
                write(entry, definition, store.values[Int(entry.slot)])
            }
        }
        guard family.bytes.count > header else { return }
        if !definition.unit.isEmpty { family.field(5, string: definition.unit) }
        output.append(varint: UInt64(family.bytes.count))
        output.append(family.bytes)
    }

    private mutating func write(_ entry: FamilyState.Entry, _ definition: MetricDefinition, _ value: Double) {
        guard !value.isAbsent else { return }
        guard !definition.states.isEmpty else {
            beginMetric(entry, definition, state: nil)
            writeScalar(value, definition.type)
            return
        }
        for (index, state) in definition.states.enumerated() {
            let isCurrent = Double(index) == value
            guard isCurrent || definition.type == .stateSet else { continue }
            beginMetric(entry, definition, state: state)
            writeScalar(isCurrent ? 1 : 0, definition.type)
        }
    }

    private mutating func beginMetric(_ entry: FamilyState.Entry, _ definition: MetricDefinition, state: String?) {
        metric.removeAll()
        let values = LabelText.values(of: entry.labels, names: definition.labels.prefix(definition.freeLabelCount))
        for (name, value) in zip(definition.labels, values) { writeLabel(name, value) }
        if let state, let name = definition.labels.last { writeLabel(name, Array(state.utf8)) }
    }

    private mutating func writeLabel(_ name: String, _ value: [UInt8]) {
        part.removeAll()
        part.field(1, string: name)
        part.field(2, bytes: value)
        metric.field(1, bytes: part.bytes)
    }

    private mutating func writeScalar(_ value: Double, _ type: MetricType) {
        part.removeAll()
        part.field(1, double: value)
        metric.field(type == .counter ? 3 : 2, bytes: part.bytes)
        family.field(4, bytes: metric.bytes)
    }

    private mutating func write(_ histogram: HistogramState) {
        inner.removeAll()
        inner.field(1, varint: histogram.count)
        inner.field(2, double: histogram.sum)
        var cumulative: UInt64 = 0
        // +Inf is the sample count.
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            cumulative &+= count
            part.removeAll()
            part.field(1, varint: cumulative)
            part.field(2, double: Double(bound) / 1e9)
            inner.field(3, bytes: part.bytes)
        }
        write(histogram.native)
        metric.field(7, bytes: inner.bytes)
    }

    private mutating func write(_ native: NativeBuckets) {
        inner.field(5, zigzag: Int64(native.schema))
        inner.field(6, double: NativeBuckets.zeroThreshold)
        inner.field(7, varint: native.zeroCount)
        let spans = native.spans
        for span in spans {
            part.removeAll()
            part.field(1, zigzag: Int64(span.offset))
            part.field(2, varint: UInt64(span.counts.count))
            inner.field(12, bytes: part.bytes)
        }
        part.removeAll()
        var former: UInt64 = 0
        for count in spans.flatMap(\.counts) {
            part.append(zigzag: Int64(bitPattern: count &- former))
            former = count
        }
        if !part.bytes.isEmpty { inner.field(13, bytes: part.bytes) }
    }
}

extension MetricType {
    /// `io.prometheus.client.MetricType`.
    fileprivate var protobufNumber: UInt64 {
        switch self {
        case .counter: 0
        case .gauge, .info, .stateSet: 1
        case .histogram: 4
        }
    }
}

extension NativeBuckets {
    /// Runs of buckets; `offset` is the index of the first run's first bucket, then the gap to the run before.
    fileprivate var spans: [(offset: Int, counts: ArraySlice<UInt64>)] {
        var result: [(offset: Int, counts: ArraySlice<UInt64>)] = []
        var position = 0
        var end = -offset
        while let start = counts[position...].firstIndex(where: { $0 > 0 }) {
            var last = start
            // A gap of up to two empty buckets costs less than a run of its own.
            while let next = counts[(last + 1)...].prefix(3).firstIndex(where: { $0 > 0 }) { last = next }
            result.append((start - end, counts[start...last]))
            end = last + 1
            position = last + 1
        }
        // Without it an empty native histogram looks like one with classic buckets alone.
        return result.isEmpty ? [(0, [])] : result
    }
}
