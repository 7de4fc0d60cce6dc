import Model

/// The maintenance windows that are open now, and which alerts they turn to information.
struct MaintenanceCover {
    let windows: [MaintenanceWindow]
    let topology: Topology

    /// The ticket of the first window that covers the alert's object.
    func ticket(for identity: AlertIdentity) -> String? {
        windows.first { covers($0, identity) }?.ticket
    }

    private func covers(_ window: MaintenanceWindow, _ identity: AlertIdentity) -> Bool {
        let object = identity.object
        if identity.name.isAboutSelf { return false }
        if let link = window.link { return object.link == link }
        if let vpn = window.vpn {
            return object.path?.rawValue == vpn || isConsequence(identity, of: window)
        }
        guard let circuit = window.circuit else { return false }
        guard object.circuit == circuit else { return isConsequence(identity, of: window) }
        return window.connection == nil || window.connection == object.connection
    }

    /// Traffic that moved off a first tier that is under maintenance as a whole did what it should.
    private func isConsequence(_ identity: AlertIdentity, of window: MaintenanceWindow) -> Bool {
        guard identity.name == .failedOver, let name = identity.object.link,
            let first = topology.links.first(where: { $0.name == name })?.tiers.first, !first.isEmpty
        else { return false }
        return first.allSatisfy { id in
            guard let path = topology.path(id) else { return false }
            if let vpn = window.vpn { return path.id.rawValue == vpn }
            return path.circuit == window.circuit && (window.connection == nil || window.connection == path.connection)
        }
    }
}
