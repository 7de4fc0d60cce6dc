public import Model
public import Wire

/// State of a BFD session (RFC 5880 §4.1).
public enum BFDState: String, CaseIterable, Sendable {
    case adminDown = "admin_down"
    case down
    case initial = "init"
    case up
}

/// What the model is told. Each event carries its moment; moments never fall.
public enum LinksEvent: Sendable {
    /// A settled probe of the stream with this number (see `LinksModel.stream(of:)`).
    case outcome(stream: Int, Outcome)
    case interface(InterfaceObservation, at: MonotonicTime)
    /// Whether this host has the address that the path's pin sends from.
    case source(path: PathID, isPresent: Bool, at: MonotonicTime)
    /// The kernel's route for one flow of a workload; judged with the others of its round at `.routesSettled`.
    case route(link: String, target: Target, flow: Int, RouteObservation, at: MonotonicTime)
    /// Every flow of a round has been told.
    case routesSettled(at: MonotonicTime)
    /// The kernel's route for probes that a pin sends.
    case pinRoute(path: PathID, RouteObservation, at: MonotonicTime)
    /// The host's routes changed: hops seen before say nothing any more.
    case routesChanged(at: MonotonicTime)
    /// A router on the way of a flow like those of the workloads that `HopRounds` asks this question for.
    case hop(Target, flow: Int, address: IPAddress, at: MonotonicTime)
    /// An answer to a probe pinned to `path` came in over this interface.
    case arrival(path: PathID, interface: String, at: MonotonicTime)
    /// Whether the interface on which a path's answers come in filters strictly by reverse path (RFC 3704); nil: not.
    case strictFilter(path: PathID, interface: String?, at: MonotonicTime)
    /// nil: nothing is known of the session any more.
    case bfd(path: PathID, BFDState?, at: MonotonicTime)
    /// A VPN's gateway answered an IKE probe, or did not; its answer is evidence, its silence none.
    case gateway(path: PathID, host: String, isAnswering: Bool, at: MonotonicTime)
    /// This process did not run between these moments: what it knew did not grow old meanwhile.
    case paused(from: MonotonicTime, to: MonotonicTime)
    /// The largest packet that a trace over the path's pin found to reach a through target of the link, in bytes.
    case mtu(link: String, path: PathID, target: Target, bytes: Int, at: MonotonicTime)
    /// An earlier run of this program left these outages of links open, each since its start; it watched until then, and what was
    /// hidden from it is told.
    case outagesResumed(
        starts: [String: MonotonicTime],
        blindTimes: [BlindTime],
        seenUntil: MonotonicTime,
        at: MonotonicTime
    )
    /// Overload, a stop or a reload hid what happened between these moments.
    case blind(from: MonotonicTime, to: MonotonicTime)
    /// Time passes; at least each 100 ms.
    case tick(at: MonotonicTime)
}
