import Alerting
import Model
import Web

extension Program {
    /// What the web side may ask for; every answer is a copy.
    var webSource: WebSource {
        WebSource(
            about: { [self] in
                let site = views.current.settings.topology.site
                return WebSource.About(version: options.version, site: site.name, vantage: site.vantage)
            },
            metrics: { [self] format in board.render(format, alerts: alerts) },
            links: { [self] in document { $0.links } },
            paths: { [self] in document { $0.paths } },
            alerts: { [self] in
                AlertsJSON.alerts(
                    alerts.activeAlerts(),
                    runbooks: views.current.settings.alerts.runbookBase
                )
            },
            events: { [self] in
                let state = views.current
                return AlertsJSON.events(state.journal, alerts.events(), incidents: state.incidents.incidents)
            },
            path: { [self] target in await desk.trace(target) },
            probe: { [self] query in await probes.probe(query) },
            configuration: { [self] in views.current.settings.text },
            reload: { [self] in reload() },
            readiness: { [self] in
                views.current.isReady ? .ready : .notReady("no probe has settled yet")
            }
        )
    }

    private func document(_ part: (SnapshotJSON) -> JSONValue) -> JSONValue {
        let state = views.current
        guard let snapshot = state.snapshot, let clock = state.clock else { return .object([]) }
        return part(SnapshotJSON(snapshot: snapshot, clock: clock))
    }
}
