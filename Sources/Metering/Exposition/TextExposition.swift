import Model

/// The two text formats: 0.0.4 of Prometheus and OpenMetrics 1.0.0. They differ in the family headers and the last line.
struct TextExposition {
    let isOpenMetrics: Bool
    private var bytes: [UInt8] = []

    init(isOpenMetrics: Bool, capacity: Int) {
        self.isOpenMetrics = isOpenMetrics
        bytes.reserveCapacity(capacity)
    }

    static func render(_ store: MetricStore, isOpenMetrics: Bool, capacity: Int) -> [UInt8] {
        var exposition = Self(isOpenMetrics: isOpenMetrics, capacity: capacity)
        for family in store.families {
            if family.definition.type == .histogram {
                exposition.write(histograms: family, store.histograms)
            } else {
                exposition.write(scalars: family, store.values)
            }
        }
        if isOpenMetrics { exposition.bytes += "# EOF\n".utf8 }
        return exposition.bytes
    }

    private mutating func write(scalars family: FamilyState, _ values: [Double]) {
        var hasHeader = false
        let isStates = !family.definition.states.isEmpty
        let showsOnlyCurrent = family.definition.type == .info
        for entry in family.entries {
            let value = values[Int(entry.slot)]
            guard !value.isAbsent else { continue }
            if !hasHeader {
                writeHeader(family.definition)
                hasHeader = true
            }
            guard isStates else {
                bytes += entry.text[0]
                bytes.append(number: value)
                bytes.append(0x0A)
                continue
            }
            for (state, lineStart) in entry.text.enumerated() where !showsOnlyCurrent || Double(state) == value {
                bytes += lineStart
                bytes.append(Double(state) == value ? 0x31 : 0x30)
                bytes.append(0x0A)
            }
        }
    }

    private mutating func write(histograms family: FamilyState, _ histograms: [HistogramState]) {
        guard !family.entries.isEmpty else { return }
        let definition = family.definition
        writeHeader(definition)
        let bucketStart = Array("\(definition.name)_bucket{".utf8)
        let sumStart = Array("\(definition.name)_sum".utf8)
        let countStart = Array("\(definition.name)_count".utf8)
        let separator = definition.labels.isEmpty ? "" : ","
        let bucketEnds = (definition.bounds.map { (Double($0) / 1e9).description } + ["+Inf"]).map {
            Array("\(separator)le=\"\($0)\"} ".utf8)
        }
        for entry in family.entries {
            let histogram = histograms[Int(entry.slot)]
            let labels = entry.text[0]
            var cumulative: UInt64 = 0
            for (count, end) in zip(histogram.counts, bucketEnds) {
                cumulative &+= count
                bytes += bucketStart
                bytes += labels
                bytes += end
                bytes.append(decimal: cumulative)
                bytes.append(0x0A)
            }
            writeTotal(sumStart, labels) { $0.append(number: histogram.sum) }
            writeTotal(countStart, labels) { $0.append(decimal: cumulative) }
        }
    }

    private mutating func writeTotal(_ name: [UInt8], _ labels: [UInt8], _ value: (inout [UInt8]) -> Void) {
        bytes += name
        if !labels.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(0x20)
        value(&bytes)
        bytes.append(0x0A)
    }

    private mutating func writeHeader(_ definition: MetricDefinition) {
        let name = isOpenMetrics ? definition.openMetricsName : definition.name
        // OpenMetrics escapes quotation marks too; 0.0.4 leaves them.
        let help = ExpositionText.escaped(definition.help, quotes: isOpenMetrics)
        let type = isOpenMetrics ? definition.type.openMetricsName : definition.type.textName
        bytes += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n".utf8
        if isOpenMetrics, !definition.unit.isEmpty { bytes += "# UNIT \(name) \(definition.unit)\n".utf8 }
    }
}
