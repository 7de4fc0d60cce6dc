import Model
import Scheduling

/// Proxies, storage accounts, endpoints and certificates in the monitor's turn: outcomes in, metrics and status out.
struct ServiceBook {
    private var proxies = ProxyLedger()
    private var storage = StorageLedger()
    private var endpoints = EndpointLedger()
    private var egress = EgressLedger()
    private var allowLists = AllowListLedger()
    private var certificates = CertificateLedger()
    private var uncovered: [UncoveredEndpoint] = []

    func status(at now: WallTime) -> ServiceStatus {
        var status = ServiceStatus(proxies: proxies.proxies, storage: storage.statuses)
        status.endpoints = endpoints.statuses
        status.egress = egress.statuses
        status.allowLists = allowLists.statuses
        status.uncovered = uncovered
        status.certificates = certificates.expiring(at: now)
        return status
    }

    mutating func configure(_ settings: ServiceSettings, at clock: ClockReading, _ board: MetricsBoard) {
        proxies.configure(settings.proxyNames, at: clock.monotonic)
        storage.configure(settings.storage)
        endpoints.configure(settings.endpoints)
        egress.configure(settings.stickiness, at: clock.monotonic)
        allowLists.configure(settings.allowLists, at: clock)
        uncovered = settings.coverage.filter { !$0.isCovered }.map(\.endpoint)
    }

    /// Forgets the certificates of streams that are gone.
    mutating func retain(_ streams: [PlannedStream?]) { certificates.retain(streams) }

    /// Takes the outcome of a stream that is about a service, goes through a proxy or shows a certificate.
    mutating func note(_ outcome: Outcome, of stream: PlannedStream?, clock: ClockReading, _ board: MetricsBoard) {
        guard let stream else { return }
        if let name = Self.proxy(of: stream),
            let counts = proxies.note(outcome, through: name, showsCredentials: stream.showsCredentials)
        {
            board.record(counts, proxies.proxies.first { $0.name == name })
        }
        if stream.isSecured { certificates.note(outcome, of: stream) }
        switch stream.purpose {
        case .storageName(let way):
            let facts = outcome.detail?.request?.dns
            if let resolution = storage.note(facts, of: way) { board.show(resolution, of: way) }
            if let status = allowLists.note(facts, of: way, clock: clock) { board.show(status) }
        case .storage(let way):
            storage.note(outcome, of: way, clock: clock)
            guard let status = storage.statuses.first(where: { $0.way == way }) else { return }
            board.show(status, skew: storage.skews[way])
        case .endpoint(let way):
            if let status = endpoints.note(outcome, of: way) { board.show(status) }
        case .egress(let name):
            if let status = egress.note(outcome, through: name) { board.show(status) }
        case .probe, .hop, .proxy:
            break
        }
    }

    private static func proxy(of stream: PlannedStream) -> String? {
        if case .proxy(let name) = stream.purpose { return name }
        return stream.via
    }
}
