import Links
import Logging
import Model
import Scheduling
import Sockets

/// What the kernel says of routes, interfaces and addresses.
extension MonitorTurn {
    mutating func take(_ reports: [RouteReport]) {
        for report in reports {
            switch report.route.purpose {
            case .flow(let link, let target, let flow):
                changes += model.apply(
                    .route(link: link, target: target, flow: flow, report.observation, at: report.at)
                )
            case .pin(let path):
                changes += model.apply(.pinRoute(path: path, report.observation, at: report.at))
            }
        }
        changes += model.apply(.routesSettled(at: clock.monotonic))
        // On a host behind a router the kernel's route says nothing: routers on the way are asked instead.
        guard !isAskingHops, settings.topology.links.contains(where: { model.isUndecided($0.name) }) else { return }
        isAskingHops = true
        parts.logger.info(
            "the kernel's route is the same for all paths: routers on the way are asked which one is used"
        )
        adoptPlan()
    }

    mutating func take(_ event: NetworkEvent) {
        switch event {
        case .interface(let observation):
            interfaces[observation.name] = observation.exists ? observation : nil
            changes += model.apply(.interface(observation, at: clock.monotonic))
            parts.networkChanged()
            parts.retryCapture(observation.name)
            // What could not be bound may be bound now.
            needsTasks = true
            attribute()
        case .routesChanged:
            changes += model.apply(.routesChanged(at: clock.monotonic))
            parts.networkChanged()
        case .addressesChanged:
            parts.networkChanged()
            lookForSources()
            needsTasks = true
            attribute()
        case .neighbourChanged, .neighboursChanged:
            break
        }
    }

    /// A source that this host lacks is its own fault, and no path's.
    mutating func lookForSources() {
        let lacking = parts.lacking(Set(settings.topology.paths.compactMap(\.pin.source)))
        for path in settings.topology.paths {
            guard let source = path.pin.source else { continue }
            let isPresent = !lacking.contains(source)
            changes += model.apply(.source(path: path.id, isPresent: isPresent, at: clock.monotonic))
        }
    }

    /// The trap of several interfaces: what strict reverse-path filtering drops looks like a path that is down.
    mutating func explainFalls() {
        let fallen = Set(
            changes.compactMap { change -> PathID? in
                if case .path(_, let path, _, .down, _, _) = change { path } else { nil }
            }
        )
        for id in fallen {
            guard let path = settings.topology.path(id) else { continue }
            let interface = parts.strictInterface(path, model.wayOut(of: id))
            changes += model.apply(.strictFilter(path: id, interface: interface, at: clock.monotonic))
            guard let interface else { continue }
            parts.logger.warning(
                """
                \(interface) filters strictly by reverse path (rp_filter=1): answers of \(id) are dropped unless it is \
                the routed path; allow them: sysctl net.ipv4.conf.\(interface).rp_filter=2
                """
            )
        }
    }
}
