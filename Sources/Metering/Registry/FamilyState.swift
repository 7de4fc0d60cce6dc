/// A family with its series in the order of their making, each with its text rendered once.
struct FamilyState: Sendable {
    struct Entry: Sendable {
        let labels: String
        let slot: Int32
        var epoch: UInt32
        /// Scalars: the line up to the value. State sets: one such line start a state. Histograms: the labels alone.
        let text: [[UInt8]]
    }

    let definition: MetricDefinition
    private(set) var entries: [Entry] = []
    private var positions: [String: Int] = [:]

    init(_ definition: MetricDefinition) {
        self.definition = definition
    }

    /// The slot of the series with these labels, marked as asked for in `epoch`.
    mutating func slot(of labels: String, epoch: UInt32) -> Int32? {
        guard let position = positions[labels] else { return nil }
        entries[position].epoch = epoch
        return entries[position].slot
    }

    mutating func append(_ labels: String, slot: Int32, epoch: UInt32) {
        positions[labels] = entries.count
        entries.append(Entry(labels: labels, slot: slot, epoch: epoch, text: lineStarts(labels)))
    }

    private func lineStarts(_ labels: String) -> [[UInt8]] {
        if definition.type == .histogram { return [Array(labels.utf8)] }
        guard !definition.states.isEmpty, let stateLabel = definition.labels.last else { return [lineStart(labels)] }
        let separator = labels.isEmpty ? "" : ","
        return definition.states.map { state in
            lineStart(labels + separator + LabelText.render(names: [stateLabel], values: [state]))
        }
    }

    private func lineStart(_ labels: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(definition.name.utf8.count + labels.utf8.count + 3)
        bytes += definition.name.utf8
        if !labels.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels.utf8
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(0x20)
        return bytes
    }

    /// Returns false when no series has the slot.
    mutating func remove(slot: Int32) -> Bool {
        guard let position = entries.firstIndex(where: { $0.slot == slot }) else { return false }
        entries.remove(at: position)
        renumber()
        return true
    }

    /// Removes what was not asked for in `epoch` (for nil: everything) and returns the slots.
    mutating func removeAll(except epoch: UInt32? = nil) -> [Int32] {
        let removed = entries.filter { $0.epoch != epoch }.map(\.slot)
        guard !removed.isEmpty else { return [] }
        entries.removeAll { $0.epoch != epoch }
        renumber()
        return removed
    }

    private mutating func renumber() {
        positions = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.labels, $0) })
    }
}
