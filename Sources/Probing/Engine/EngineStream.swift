internal import Model
internal import Sockets
internal import Wire

/// A task at work: its times, its open probes and its way out.
struct EngineStream {
    enum Transport {
        case none
        /// Place of the channel.
        case icmp(Int)
        case tcp(TCPFlow)
        case datagram(DatagramFlow)
    }

    var task: ProbeTask
    var generation: UInt32
    var cadence: Cadence
    var ring: ProbeRing
    var transport: Transport
    var address: SocketAddress
    let timeout: Int64
    /// How much before its time a probe may leave together with others.
    let ahead: Int64
    var control = SendControl()
    /// The interface that `control` names.
    var controlInterface: Int32 = -1
    /// When the routing table was last found to lead out by the pinned interface.
    var routeSeenAt = Int64.min
    var isActive = true
    /// It has waited for its gateway's turn, which is now.
    var isAdmitted = false
    /// In the list of streams to look after at the end of the turn.
    var isDirty = false

    /// Regular probes open at once.
    static let mostOpen = 1024

    init(task: ProbeTask, generation: UInt32, firstSequence: UInt64, transport: Transport, now: Int64) {
        self.task = task
        self.generation = generation
        self.transport = transport
        let interval = max(1_000_000, Self.interval(of: task))
        timeout = max(1_000_000, task.timeout.nanoseconds)
        ahead = min(25_000_000, interval / 40)
        let phase = task.phase?.nanoseconds ?? Cadence.phase(ofStream: task.id.rawValue, interval: interval)
        cadence = Cadence(interval: interval, phase: phase, now: now)
        ring = ProbeRing(capacity: Self.openAtOnce(task), firstSequence: firstSequence)
        address = SocketAddress(task.destination, port: task.port ?? 0)
    }

    /// How many probes of a task may be open.
    static func openAtOnce(_ task: ProbeTask) -> Int {
        let interval = max(1_000_000, interval(of: task))
        return Int(min(Int64(mostOpen), max(1_000_000, task.timeout.nanoseconds) / interval + 1))
            + Detection.mostExtraProbes
    }

    private static func interval(of task: ProbeTask) -> Int64 {
        if case .ike = task.kind { return max(task.interval.nanoseconds, GatewayGate.spacing) }
        return task.interval.nanoseconds
    }
}
