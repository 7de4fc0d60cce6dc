import Model

/// What a sender tells the engine: facts for counters and for the outbox.
enum DeliveryEvent: Sendable {
    /// A receiver took the notice; `latency` from the decision, for news only.
    case accepted(SendQueue.Item, latency: Duration?)
    /// An attempt to send the notice failed; it is tried again.
    case failed(SendQueue.Item)
    /// Refused for good, or pushed out of a full queue.
    case abandoned(SendQueue.Item)
    /// A newer notice about the same alert took its place.
    case superseded(SendQueue.Item)
}
