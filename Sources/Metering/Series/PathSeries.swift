public import Model

/// The series of one path that belong to no link.
public struct PathSeries: Sendable {
    public let edgeAnswering: Series<Gauge>
    public let pinnedForward: Series<StateSet>
    public let pinnedReturn: Series<StateSet>
    private let name: String

    /// Registers the series, or finds those that are there with their values. Both legs begin as `unverified`.
    public init(_ path: PathSpec, in store: inout MetricStore) {
        name = path.id.rawValue
        let info = store.series(
            Catalogue.pathInfo,
            [
                path.id.rawValue, path.kind.rawValue, path.circuit ?? "", path.connection?.rawValue ?? "",
                path.peering.rawValue, path.provider ?? "",
            ]
        )
        store.set(info)
        edgeAnswering = store.series(Catalogue.pathEdgeAnswering, [name])
        pinnedForward = store.series(Catalogue.pathPinned, [name, "forward"])
        pinnedReturn = store.series(Catalogue.pathPinned, [name, "return"])
        for pinned in [pinnedForward, pinnedReturn] {
            store.initialize(pinned, Catalogue.pinStates.firstIndex(of: "unverified") ?? 0)
        }
    }

    /// Shows the state of the connection's BFD session.
    /// - Parameter state: one of `Catalogue.bfdStates`; nil while unknown.
    public func setBFD(_ state: String?, target: Target, in store: inout MetricStore) {
        let series = store.series(Catalogue.bfdSessionState, [name, target.description])
        store.set(series, state.flatMap(Catalogue.bfdStates.firstIndex))
    }

    /// Shows whether the gateway answered IKE.
    public func setIKE(answers: Bool, target: Target, in store: inout MetricStore) {
        store.set(store.series(Catalogue.ikeResponderUp, [name, target.description]), answers)
    }
}
