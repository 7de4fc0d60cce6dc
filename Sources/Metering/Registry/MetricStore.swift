/// All series with their values: a value type with one writer. Updates go by index and allocate nothing; a copy for the
/// renderer costs a few retains.
public struct MetricStore: Sendable {
    private(set) var families: [FamilyState] = []
    private var familyIndex: [String: Int] = [:]
    /// Of every series that is no histogram: its number, `absent`, or the number of its state.
    private(set) var values: [Double] = []
    private(set) var histograms: [HistogramState] = []
    private var valueSlots = SlotTable()
    private var histogramSlots = SlotTable()
    /// Counts reloads; what a reload does not ask for again is removed at its end.
    private var epoch: UInt32 = 0

    /// A gauge without a value: a NaN that no arithmetic makes, so that a computed NaN is still shown.
    static let absent = Double(bitPattern: 0x7FF8_6E65_7470_7262)

    /// - Parameter families: in the order in which they are shown. One that is not listed is added when first used.
    public init(families: [MetricDefinition] = []) {
        for family in families { _ = index(of: family) }
    }

    private mutating func index(of definition: MetricDefinition) -> Int {
        if let index = familyIndex[definition.name] {
            precondition(families[index].definition == definition, "\(definition.name) is declared twice")
            return index
        }
        familyIndex[definition.name] = families.count
        families.append(FamilyState(definition))
        return families.count - 1
    }

    /// Slot and generation of the series with these label values; made anew where there is none yet.
    private mutating func entry(_ definition: MetricDefinition, _ labels: [String]) -> (Int32, UInt32) {
        precondition(
            labels.count == definition.freeLabelCount,
            "\(definition.name) has the labels \(definition.labels), not \(labels.count) values"
        )
        let family = index(of: definition)
        let text = LabelText.render(names: definition.labels, values: labels)
        if let slot = families[family].slot(of: text, epoch: epoch) {
            let slots = definition.type == .histogram ? histogramSlots : valueSlots
            return (slot, slots.generation(of: slot))
        }
        let slot: Int32
        let generation: UInt32
        if definition.type == .histogram {
            let state = HistogramState(bounds: definition.bounds)
            (slot, generation) = histogramSlots.take()
            if Int(slot) < histograms.count { histograms[Int(slot)] = state } else { histograms.append(state) }
        } else {
            let value = definition.type == .counter ? 0 : Self.absent
            (slot, generation) = valueSlots.take()
            if Int(slot) < values.count { values[Int(slot)] = value } else { values.append(value) }
        }
        families[family].append(text, slot: slot, epoch: epoch)
        return (slot, generation)
    }

    private mutating func release(_ slot: Int32, of type: MetricType) {
        if type == .histogram {
            histograms[Int(slot)] = HistogramState(bounds: [])
            histogramSlots.release(slot)
        } else {
            values[Int(slot)] = Self.absent
            valueSlots.release(slot)
        }
    }
}

// MARK: - Making and removing series

extension MetricStore {
    /// The series with these label values (without that of the state); the same one each time it is asked for, with its
    /// value. A new counter and histogram starts at 0, a new gauge, info or state set is absent.
    public mutating func series<Kind>(_ family: Family<Kind>, _ labels: [String] = []) -> Series<Kind> {
        let (slot, generation) = entry(family.definition, labels)
        return Series(slot: slot, generation: generation)
    }

    /// Removes one series; its old address is dead from then on.
    public mutating func remove<Kind>(_ series: Series<Kind>, of family: Family<Kind>) {
        let isHistogram = family.definition.type == .histogram
        let slots = isHistogram ? histogramSlots : valueSlots
        guard let index = familyIndex[family.definition.name], slots.isCurrent(series.slot, series.generation),
            families[index].remove(slot: series.slot)
        else { return }
        release(series.slot, of: family.definition.type)
    }

    /// Removes all series of a family.
    public mutating func removeAll<Kind>(of family: Family<Kind>) {
        guard let index = familyIndex[family.definition.name] else { return }
        for slot in families[index].removeAll() { release(slot, of: family.definition.type) }
    }

    /// Changes the set of series: of `families`, those that `register` does not ask for are removed at its end, those
    /// that it asks for keep their values and addresses.
    public mutating func reload<Result>(
        _ reloaded: [MetricDefinition],
        _ register: (inout MetricStore) -> Result
    ) -> Result {
        epoch &+= 1
        let result = register(&self)
        for definition in reloaded {
            guard let index = familyIndex[definition.name] else { continue }
            for slot in families[index].removeAll(except: epoch) { release(slot, of: definition.type) }
        }
        return result
    }
}

// MARK: - Updates

extension MetricStore {
    /// Counts up; a negative or NaN amount is ignored, since a counter never falls.
    public mutating func add(_ series: Series<Counter>, _ amount: Double = 1) {
        guard valueSlots.isCurrent(series.slot, series.generation), amount >= 0 else { return }
        values[Int(series.slot)] += amount
    }

    /// For a counter that is kept elsewhere: takes over its total where that is higher.
    public mutating func raise(_ series: Series<Counter>, to total: Double) {
        guard valueSlots.isCurrent(series.slot, series.generation), total > values[Int(series.slot)] else { return }
        values[Int(series.slot)] = total
    }

    /// nil makes the gauge absent.
    public mutating func set(_ series: Series<Gauge>, _ value: Double?) {
        guard valueSlots.isCurrent(series.slot, series.generation) else { return }
        values[Int(series.slot)] = value ?? Self.absent
    }

    public mutating func set(_ series: Series<Gauge>, _ value: Bool?) {
        set(series, value.map { $0 ? 1 : 0 })
    }

    /// Shows the fact, or hides it.
    public mutating func set(_ series: Series<Info>, _ isShown: Bool = true) {
        guard valueSlots.isCurrent(series.slot, series.generation) else { return }
        values[Int(series.slot)] = isShown ? 1 : Self.absent
    }

    /// - Parameter state: its place in the family's list; nil shows none of the states at all.
    public mutating func set(_ series: Series<StateSet>, _ state: Int?) {
        guard valueSlots.isCurrent(series.slot, series.generation) else { return }
        values[Int(series.slot)] = state.map(Double.init) ?? Self.absent
    }

    /// Gives a gauge its first value; one that has a value keeps it.
    public mutating func initialize(_ series: Series<Gauge>, _ value: Double) {
        if self.value(series) == nil { set(series, value) }
    }

    /// Gives a state set its first state; one that has a state keeps it.
    public mutating func initialize(_ series: Series<StateSet>, _ state: Int) {
        if value(series.slot, series.generation) == nil { set(series, state) }
    }

    /// - Parameter nanoseconds: a duration; negative counts as zero.
    public mutating func record(_ series: Series<Histogram>, nanoseconds: Int64) {
        guard histogramSlots.isCurrent(series.slot, series.generation) else { return }
        histograms[Int(series.slot)].record(nanoseconds: nanoseconds)
    }

    /// The number of a series; nil when it is absent or removed.
    public func value(_ series: Series<Counter>) -> Double? { value(series.slot, series.generation) }

    /// The number of a series; nil when it is absent or removed.
    public func value(_ series: Series<Gauge>) -> Double? { value(series.slot, series.generation) }

    private func value(_ slot: Int32, _ generation: UInt32) -> Double? {
        guard valueSlots.isCurrent(slot, generation) else { return nil }
        let value = values[Int(slot)]
        return value.isAbsent ? nil : value
    }
}

extension Double {
    var isAbsent: Bool { bitPattern == MetricStore.absent.bitPattern }
}
