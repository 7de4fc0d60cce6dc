import Model

/// The maintenance windows that are open now, and which alerts they turn to information.
struct MaintenanceCover {
    let windows: [MaintenanceWindow]
    let topology: Topology

    /// The ticket of the first window that covers the alert's object, or of which it is the expected consequence.
    func ticket(for condition: AlertCondition) -> String? {
        if condition.identity.name.isAboutSelf { return nil }
        return windows.first { covers($0, condition) || isConsequence(condition, of: $0) }?.ticket
    }

    private func covers(_ window: MaintenanceWindow, _ condition: AlertCondition) -> Bool {
        let object = condition.identity.object
        if let link = window.link { return object.link == link }
        if let vpn = window.vpn { return object.path?.rawValue == vpn }
        guard let circuit = window.circuit, object.circuit == circuit else { return false }
        return window.connection == nil || window.connection == object.connection
    }

    /// Traffic that moved off a first tier under maintenance did what it should, and flows are lost with their path.
    private func isConsequence(_ condition: AlertCondition, of window: MaintenanceWindow) -> Bool {
        var paths = condition.blamed
        if condition.identity.name == .failedOver, let name = condition.identity.object.link,
            let first = topology.links.first(where: { $0.name == name })?.tiers.first
        {
            paths = Set(first)
        }
        return !paths.isEmpty && paths.allSatisfy { id in topology.path(id).map { isWithin(window, $0) } ?? false }
    }

    private func isWithin(_ window: MaintenanceWindow, _ path: PathSpec) -> Bool {
        if let vpn = window.vpn { return path.id.rawValue == vpn }
        guard let circuit = window.circuit else { return false }
        return path.circuit == circuit && (window.connection == nil || window.connection == path.connection)
    }
}
