import Alerting
import Links
import Metering
import Model
import Probing
import Sockets
import Synchronization
import Web

/// All metrics of the program: counters move with the events, gauges are set from the last snapshot at a scrape. What a
/// snapshot shows and what led to it come together, so that no page tells the one without the other.
final class MetricsBoard: Sendable {
    struct Handles: Sendable {
        var probes: [ProbeSeries?] = []
        var paths: [PathID: PathSeries] = [:]
        var links: [String: LinkSeries] = [:]
        var proxies: [String: ProxyMetrics] = [:]
        var storage: [StorageWay: StorageMetrics] = [:]
        var endpoints: [EndpointWay: EndpointMetrics] = [:]
        var proxyLogs: [String: ProxyLogMetrics] = [:]
        var captures: [String: CaptureSeries] = [:]
        var tunnels: [PathID: TunnelSeries] = [:]
        var traces: [TraceKey: TraceSeries] = [:]
        var alerts: [AlertMetrics.Series: AlertSeries] = [:]
        var program: ProgramSeries
        /// The last one, and when it was made.
        var shown: (snapshot: Snapshot, clock: ClockReading)?
    }

    private let registry: MetricRegistry
    private let handles: Mutex<Handles>
    private let startedAt = SystemClock.wall()

    init(version: String, site: SiteSpec) {
        let registry = MetricRegistry(families: Catalogue.all)
        self.registry = registry
        let program = registry.update { store in
            let program = ProgramSeries(version: version, in: &store)
            program.setVantage(site, in: &store)
            program.recordReload(successful: true, at: SystemClock.wall(), in: &store)
            return program
        }
        // Every alert's series exists from the start, so that a dashboard tells "none" from "not known".
        let alerts = registry.update { store in
            Dictionary(
                AlertName.allCases.map { name in
                    let key = AlertMetrics.Series(alert: name, severity: name.defaultRule.severity)
                    let labels = (key.alert.rawValue, key.severity.rawValue)
                    return (key, AlertSeries(alert: labels.0, severity: labels.1, in: &store))
                },
                uniquingKeysWith: { first, _ in first }
            )
        }
        handles = Mutex(Handles(alerts: alerts, program: program))
    }

    /// Makes the series of a configuration; those that stay keep their values.
    /// - Parameters:
    ///   - captures: the captured interfaces.
    ///   - keys: of the probe streams by number, nil for numbers without a counted probe.
    func configure(
        _ topology: Topology,
        _ services: ServiceSettings = ServiceSettings(),
        captures: [CapturedInterface] = [],
        keys: [ProbeKey?]
    ) {
        handles.withLock { handles in
            registry.update { store in
                handles.program.setVantage(topology.site, in: &store)
                store.reload(Catalogue.configured) { store in
                    handles.paths = Dictionary(
                        topology.paths.map { ($0.id, PathSeries($0, in: &store)) },
                        uniquingKeysWith: { first, _ in first }
                    )
                    handles.links = Dictionary(
                        topology.links.map { ($0.name, LinkSeries($0, in: &store)) },
                        uniquingKeysWith: { first, _ in first }
                    )
                    handles.traces = Self.traces(of: topology, after: handles.traces, in: &store)
                    let (formerProxies, formerLogs) = (handles.proxies, handles.proxyLogs)
                    handles.proxies = Dictionary(
                        services.proxyNames.map { ($0, ProxyMetrics($0, after: formerProxies[$0], in: &store)) },
                        uniquingKeysWith: { first, _ in first }
                    )
                    handles.storage = Dictionary(
                        services.storage.map { ($0.way, StorageMetrics($0.way, in: &store)) },
                        uniquingKeysWith: { first, _ in first }
                    )
                    handles.endpoints = Dictionary(
                        services.endpoints.map { ($0, EndpointMetrics($0, in: &store)) },
                        uniquingKeysWith: { first, _ in first }
                    )
                    for one in services.coverage { store.show(one.endpoint, isCovered: one.isCovered) }
                    services.stickiness.keys.forEach { store.keepEgress(of: $0) }
                    services.storage.forEach { store.keepResolution(of: $0.way) }
                    services.allowLists.forEach { store.keepAllowList(of: $0.way) }
                    handles.proxyLogs = Dictionary(
                        services.accessLogs.keys.map { ($0, ProxyLogMetrics($0, after: formerLogs[$0], in: &store)) },
                        uniquingKeysWith: { first, _ in first }
                    )
                    let paths = topology.paths.map(\.id)
                    handles.captures = Dictionary(
                        captures.map { ($0.name, CaptureSeries($0.name, of: $0.path, paths: paths, in: &store)) },
                        uniquingKeysWith: { first, _ in first }
                    )
                    let tunnels = captures.isEmpty ? [] : topology.paths.filter { $0.kind == .vpn }
                    handles.tunnels = Dictionary(
                        tunnels.map { ($0.id, TunnelSeries($0.id, in: &store)) },
                        uniquingKeysWith: { first, _ in first }
                    )
                    handles.probes = keys.map { key in key.map { ProbeSeries($0, in: &store) } }
                }
            }
        }
    }

    /// Changes series by their addresses.
    func update(_ body: (inout Handles, inout MetricStore) -> Void) {
        handles.withLock { handles in registry.update { body(&handles, &$0) } }
    }

    func recordReload(successful: Bool) {
        handles.withLock { handles in
            registry.update { handles.program.recordReload(successful: successful, at: SystemClock.wall(), in: &$0) }
        }
    }

    /// Counts a batch of settled probes.
    func record(_ outcomes: [Outcome], _ anomalies: [ProbeAnomaly], clock: ClockReading) {
        handles.withLock { handles in
            registry.update { store in
                for outcome in outcomes {
                    guard let series = handles.probes[at: outcome.probe] else { continue }
                    series.record(outcome, settledAt: clock.wallTime(of: outcome.settledAt), in: &store)
                }
                for anomaly in anomalies {
                    handles.probes[at: anomaly.probe]?.record(anomaly.kind, in: &store)
                }
            }
        }
    }

    /// Counts STAMP packets whose way of loss became known.
    func record(_ losses: [DirectionalLoss]) {
        handles.withLock { handles in
            registry.update { store in
                for loss in losses {
                    let series = handles.probes[at: loss.probe]
                    series?.recordLoss(forward: loss.forward, backward: loss.backward, in: &store)
                }
            }
        }
    }

    private static func traces(
        of topology: Topology,
        after former: [TraceKey: TraceSeries],
        in store: inout MetricStore
    ) -> [TraceKey: TraceSeries] {
        var traces: [TraceKey: TraceSeries] = [:]
        for key in TraceBook.tasks(of: topology).map(\.key) where traces[key] == nil {
            traces[key] = TraceSeries(
                link: key.link,
                path: key.path,
                target: key.target,
                flows: TraceRounds.flows,
                after: former[key],
                in: &store
            )
        }
        return traces
    }

    /// Shows what a trace found; one that a reload took away meanwhile shows nothing.
    func record(_ trace: TraceFinding) {
        handles.withLock { handles in
            registry.update { store in
                guard var series = handles.traces[trace.key] else { return }
                trace.show(on: &series, in: &store)
                handles.traces[trace.key] = series
            }
        }
    }

    /// Counts what a proxy answered, and shows its state.
    func record(_ counts: ProxyLedger.Counts, _ status: ProxyStatus?) {
        handles.withLock { handles in
            registry.update { store in
                handles.proxies[counts.proxy]?.count(
                    codes: counts.codes,
                    schemes: counts.schemes,
                    wasRefused: counts.wasRefused,
                    in: &store
                )
                if let status { handles.proxies[counts.proxy]?.show(status, in: &store) }
            }
        }
    }

    /// Counts what a proxy's log says.
    func record(_ events: [AccessLogLedger.Event], ofProxy name: String) {
        handles.withLock { handles in
            registry.update { store in
                for event in events {
                    switch event {
                    case .response(let status, let result):
                        handles.proxyLogs[name]?.countResponse(status: status, result: result, in: &store)
                    case .handshake: handles.proxyLogs[name]?.countHandshake(in: &store)
                    case .failure(let client): handles.proxyLogs[name]?.countFailure(of: client, in: &store)
                    case .unparsed: handles.proxyLogs[name]?.countUnparsed(in: &store)
                    }
                }
            }
        }
    }

    func show(_ status: EndpointStatus) {
        handles.withLock { handles in
            registry.update { handles.endpoints[status.way]?.show(status, in: &$0) }
        }
    }

    func show(_ status: EgressStatus) { registry.update { $0.show(status) } }

    func show(_ status: AllowListStatus) { registry.update { $0.show(status) } }

    func show(_ resolution: StorageResolution, of way: StorageWay) { registry.update { $0.show(resolution, of: way) } }

    func show(_ status: StorageStatus, skew: Duration?) {
        handles.withLock { handles in
            registry.update { handles.storage[status.way]?.show(status, skew: skew, in: &$0) }
        }
    }

    func recordIKE(path: PathID, target: Target, answers: Bool) {
        handles.withLock { handles in
            registry.update { handles.paths[path]?.setIKE(answers: answers, target: target, in: &$0) }
        }
    }

    /// Shows the path model from now on.
    /// - Parameter changes: what has happened since the last snapshot, to be counted.
    func show(_ snapshot: Snapshot, _ clock: ClockReading, after changes: [LinksChange]) {
        handles.withLock { handles in
            handles.shown = (snapshot, clock)
            guard !changes.isEmpty else { return }
            registry.update { store in
                for change in changes {
                    switch change {
                    case .failover(let link, let from, let to, _, _):
                        handles.links[link]?.countFailover(from: from, to: to, in: &store)
                    case .shift(let link, _, _, _):
                        if let series = handles.links[link] { store.add(series.shifts) }
                    case .outageClosed(let link, let outage):
                        guard let series = handles.links[link] else { continue }
                        store.record(series.outage, nanoseconds: outage.duration.nanoseconds)
                    case .blind(let link, let duration):
                        if let series = handles.links[link] { store.add(series.blind, duration.seconds) }
                    default:
                        break
                    }
                }
            }
        }
    }

    /// Sets every gauge from the last snapshot and renders.
    func render(_ format: ExpositionFormat, alerts: AlertEngine) -> [UInt8] {
        let usage = ProcessUsage.current(startedAt: startedAt)
        let store = handles.withLock { handles in
            // Alerts are judged before their snapshot is shown: asked here, they are never behind it.
            let metrics = alerts.metrics()
            let latencies = alerts.takeLatencies()
            return registry.update { store -> MetricStore in
                handles.program.record(usage, in: &store)
                if let (snapshot, clock) = handles.shown {
                    for path in snapshot.paths { handles.paths[path.id]?.show(path, in: &store) }
                    for link in snapshot.links { handles.links[link.name]?.show(link, clock, in: &store) }
                }
                Self.show(metrics, latencies, &handles.alerts, in: &store)
                return store
            }
        }
        return store.render(format)
    }

    private static func show(
        _ metrics: AlertMetrics,
        _ latencies: [NotificationLatency],
        _ handles: inout [AlertMetrics.Series: AlertSeries],
        in store: inout MetricStore
    ) {
        func series(_ key: AlertMetrics.Series, _ store: inout MetricStore) -> AlertSeries {
            if let known = handles[key] { return known }
            let new = AlertSeries(alert: key.alert.rawValue, severity: key.severity.rawValue, in: &store)
            handles[key] = new
            return new
        }
        for key in metrics.active.keys { _ = series(key, &store) }
        for (key, count) in metrics.notifications { store.raise(series(key, &store).sent, to: Double(count)) }
        for (key, count) in metrics.failures { store.raise(series(key, &store).failed, to: Double(count)) }
        for latency in latencies {
            store.record(series(latency.series, &store).latency, nanoseconds: latency.latency.nanoseconds)
        }
        for (key, handle) in handles { store.set(handle.active, Double(metrics.active[key] ?? 0)) }
    }
}

extension [ProbeSeries?] {
    fileprivate subscript(at id: ProbeID) -> ProbeSeries? {
        let position = Int(id.rawValue)
        return indices.contains(position) ? self[position] : nil
    }
}
