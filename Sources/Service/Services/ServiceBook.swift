import Model
import Scheduling

/// Proxies and storage accounts in the monitor's turn: outcomes in, metrics and status out.
struct ServiceBook {
    private var proxies = ProxyLedger()
    private var storage = StorageLedger()

    var status: ServiceStatus { ServiceStatus(proxies: proxies.proxies, storage: storage.statuses) }

    mutating func configure(_ settings: ServiceSettings, at now: MonotonicTime) {
        proxies.configure(settings.proxyNames, at: now)
        storage.configure(settings.storage)
    }

    /// Takes the outcome of a stream that is about a proxy or a storage account, or goes through a proxy.
    mutating func note(_ outcome: Outcome, of stream: PlannedStream?, clock: ClockReading, _ board: MetricsBoard) {
        guard let stream else { return }
        if let name = Self.proxy(of: stream), let counts = proxies.note(outcome, through: name) {
            board.record(counts, proxies.proxies.first { $0.name == name })
        }
        switch stream.purpose {
        case .storageName(let way):
            storage.note(outcome.detail?.request?.dns, of: way)
        case .storage(let way):
            storage.note(outcome, of: way, clock: clock)
            guard let status = storage.statuses.first(where: { $0.way == way }) else { return }
            board.show(status, skew: storage.skews[way])
        case .probe, .hop, .proxy:
            break
        }
    }

    private static func proxy(of stream: PlannedStream) -> String? {
        if case .proxy(let name) = stream.purpose { return name }
        return stream.via
    }
}
