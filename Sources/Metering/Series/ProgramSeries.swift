public import Model

/// What the kernel says of this process; read by the caller.
public struct ProcessUsage: Sendable, Equatable {
    /// User and system time.
    public var cpuSeconds: Double
    public var residentBytes: UInt64
    public var virtualBytes: UInt64
    public var openFiles: Int
    public var maximumFiles: UInt64
    /// Start of the process.
    public var startedAt: WallTime

    public init(
        cpuSeconds: Double,
        residentBytes: UInt64,
        virtualBytes: UInt64,
        openFiles: Int,
        maximumFiles: UInt64,
        startedAt: WallTime
    ) {
        self.cpuSeconds = cpuSeconds
        self.residentBytes = residentBytes
        self.virtualBytes = virtualBytes
        self.openFiles = openFiles
        self.maximumFiles = maximumFiles
        self.startedAt = startedAt
    }
}

/// The series of the process and the program.
public struct ProgramSeries: Sendable {
    private let cpu: Series<Counter>
    private let resident, virtual, openFiles, maximumFiles, start: Series<Gauge>
    private let reloadSuccessful, reloadTimestamp: Series<Gauge>

    public init(version: String, in store: inout MetricStore) {
        store.set(store.series(Catalogue.buildInfo, [version]))
        cpu = store.series(Catalogue.processCPU)
        resident = store.series(Catalogue.processResident)
        virtual = store.series(Catalogue.processVirtual)
        openFiles = store.series(Catalogue.processOpenFiles)
        maximumFiles = store.series(Catalogue.processMaximumFiles)
        start = store.series(Catalogue.processStart)
        reloadSuccessful = store.series(Catalogue.configReloadSuccessful)
        reloadTimestamp = store.series(Catalogue.configReloadTimestamp)
    }

    public func record(_ usage: ProcessUsage, in store: inout MetricStore) {
        store.raise(cpu, to: usage.cpuSeconds)
        store.set(resident, Double(usage.residentBytes))
        store.set(virtual, Double(usage.virtualBytes))
        store.set(openFiles, Double(usage.openFiles))
        store.set(maximumFiles, Double(usage.maximumFiles))
        store.set(start, usage.startedAt.seconds)
    }

    /// - Parameter moment: of the load; not shown when it failed.
    public func recordReload(successful: Bool, at moment: WallTime, in store: inout MetricStore) {
        store.set(reloadSuccessful, successful)
        if successful { store.set(reloadTimestamp, moment.seconds) }
    }

    /// Shows site and vantage, in place of those shown before.
    public func setVantage(_ site: SiteSpec, in store: inout MetricStore) {
        store.removeAll(of: Catalogue.vantageInfo)
        store.set(store.series(Catalogue.vantageInfo, [site.name, site.vantage]))
    }
}

/// The series of one alert name and severity.
public struct AlertSeries: Sendable {
    public let active: Series<Gauge>
    public let sent: Series<Counter>
    public let failed: Series<Counter>
    public let latency: Series<Histogram>

    public init(alert: String, severity: String, in store: inout MetricStore) {
        let labels = [alert, severity]
        active = store.series(Catalogue.alertActive, labels)
        sent = store.series(Catalogue.notifications, labels)
        failed = store.series(Catalogue.notificationsFailed, labels)
        latency = store.series(Catalogue.notificationLatency, labels)
        store.initialize(active, 0)
    }
}
