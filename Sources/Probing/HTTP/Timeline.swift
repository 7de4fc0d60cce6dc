internal import Model

/// The phases of one connection, from stamps of our own: an unfinished phase counts too, so that a failure shows where it
/// hung. Pure.
struct Timeline {
    private(set) var current: PhaseName
    private(set) var isConnected = false
    private let tunnels: Bool
    private let isTLS: Bool
    private let securesProxy: Bool
    private var since: Int64
    private var durations: [PhaseName: Int64] = [:]
    private var hasEnded = false

    /// - Parameters:
    ///   - usesProxy: the connection is to a proxy.
    ///   - tunnels: CONNECT comes first.
    ///   - isTLS: a handshake with the target itself.
    ///   - securesProxy: the connection to the proxy begins with a handshake, which is a part of connecting.
    init(at now: Int64, usesProxy: Bool, tunnels: Bool, isTLS: Bool, securesProxy: Bool = false) {
        current = usesProxy ? .proxyConnect : .connect
        self.tunnels = tunnels
        self.isTLS = isTLS
        self.securesProxy = securesProxy
        since = now
    }

    /// The connection begins only now: what was prepared before is no phase.
    mutating func start(at now: Int64) {
        if isConnecting { since = now }
    }

    private mutating func enter(_ next: PhaseName, at now: Int64) {
        guard !hasEnded else { return }
        durations[current, default: 0] += max(0, now - since)
        since = now
        current = next
    }

    private var isConnecting: Bool { current == .connect || current == .proxyConnect }

    /// The handshake of TCP is complete.
    mutating func connected(at now: Int64) {
        guard !isConnected else { return }
        isConnected = true
        if !securesProxy { leaveConnecting(at: now) }
    }

    /// The handshake with the proxy itself is complete.
    mutating func securedProxy(at now: Int64) {
        if securesProxy, current == .proxyConnect { leaveConnecting(at: now) }
    }

    private mutating func leaveConnecting(at now: Int64) {
        enter(tunnels ? .proxyTunnel : isTLS ? .tls : .request, at: now)
    }

    /// The proxy answered CONNECT with 2xx.
    mutating func tunnelled(at now: Int64) {
        if current == .proxyTunnel { enter(isTLS ? .tls : .request, at: now) }
    }

    mutating func secured(at now: Int64) {
        if current == .tls { enter(.request, at: now) }
    }

    /// The head of a request is sent; a second one, after a 407 or 401, begins anew.
    mutating func requested(at now: Int64) {
        if isConnecting {
            connected(at: now)
            securedProxy(at: now)
        }
        switch current {
        case .request, .firstByte, .transfer: enter(.firstByte, at: now)
        case .resolve, .proxyConnect, .proxyTunnel, .connect, .tls: break
        }
    }

    /// A byte of an answer came.
    mutating func received(at now: Int64) {
        if current == .firstByte { enter(.transfer, at: now) }
    }

    mutating func end(at now: Int64) {
        guard !hasEnded else { return }
        durations[current, default: 0] += max(0, now - since)
        hasEnded = true
    }

    /// Leaves out the phase that was entered and not wanted: that of the request after a mere handshake.
    mutating func endWithoutRequest(at now: Int64) {
        if current != .request { end(at: now) }
        hasEnded = true
    }

    /// In the order of contract §6.
    var phases: [OutcomeDetail.Phase] {
        PhaseName.allCases.compactMap { name in
            durations[name].map { .init(name: name, duration: .nanoseconds($0)) }
        }
    }
}

/// Phases of several connections: those of one name add up, as do those of redirects.
struct PhaseSum {
    private var durations: [PhaseName: Duration] = [:]

    mutating func add(_ name: PhaseName, _ duration: Duration) {
        durations[name, default: .zero] += duration
    }

    mutating func add(_ phases: [OutcomeDetail.Phase]) {
        for phase in phases { add(phase.name, phase.duration) }
    }

    var phases: [OutcomeDetail.Phase] {
        PhaseName.allCases.compactMap { name in durations[name].map { .init(name: name, duration: $0) } }
    }
}
