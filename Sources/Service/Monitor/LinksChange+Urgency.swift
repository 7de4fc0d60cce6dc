import Links

extension LinksChange {
    var isSuspicion: Bool {
        if case .suspicion = self { true } else { false }
    }

    /// Whether alerts must be judged at once.
    var isForAlerts: Bool {
        switch self {
        case .suspicion, .blind: false
        default: true
        }
    }
}
