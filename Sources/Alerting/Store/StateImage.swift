import Model

/// What must be on disk: every alert's state and, for each receiver, what it has not accepted yet.
struct StateImage: Equatable, Sendable {
    struct OutboxKey: Hashable, Sendable {
        /// `ReceiverSettings.key`.
        var receiver: String
        var labels: AlertLabels
    }

    struct OutboxItem: Equatable, Sendable {
        var notice: AlertNotice
        /// Tells a later notice about the same alert from this one.
        var generation: UInt64
    }

    var alerts: [String: AlertRecord] = [:]
    var outbox: [OutboxKey: OutboxItem] = [:]
    /// When the run that left it wrote last: until then it watched. nil where that is not known.
    var writtenAt: WallTime?
}

/// One change of the image.
enum StateChange: Equatable, Sendable {
    case alert(AlertChange)
    case queued(StateImage.OutboxKey, StateImage.OutboxItem)
    /// Accepted, refused for good or dropped; a later notice under the same key stays.
    case settled(StateImage.OutboxKey, generation: UInt64)
    /// The receiver is no longer configured.
    case receiverGone(String)
}

extension StateImage {
    /// - Returns: the keys of the rows that the change touches.
    mutating func apply(_ change: StateChange, touched: inout StateRows) {
        switch change {
        case .alert(.put(let record)):
            alerts[record.key] = record
            touched.alerts.insert(record.key)
        case .alert(.remove(let key)):
            alerts[key] = nil
            touched.alerts.insert(key)
        case .queued(let key, let item):
            outbox[key] = item
            touched.outbox.insert(key)
        case .settled(let key, let generation):
            guard let item = outbox[key], item.generation == generation else { return }
            outbox[key] = nil
            touched.outbox.insert(key)
        case .receiverGone(let receiver):
            for key in outbox.keys where key.receiver == receiver {
                outbox[key] = nil
                touched.outbox.insert(key)
            }
        }
    }
}

/// Rows that differ from the disk.
struct StateRows: Sendable {
    var alerts: Set<String> = []
    var outbox: Set<StateImage.OutboxKey> = []

    var isEmpty: Bool { alerts.isEmpty && outbox.isEmpty }
}
