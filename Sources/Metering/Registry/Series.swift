/// The address of one series: an index, so that an update costs no look-up. A series that was removed ignores
/// updates by its old address.
public struct Series<Kind: MetricKind>: Hashable, Sendable {
    let slot: Int32
    let generation: UInt32
}
