import Model
import Sockets
import TestSupport
import Testing
import Wire

@testable import Probing

/// One request to a server of a test, run to its outcome.
struct Asking {
    let outcome: Outcome
    let took: Duration

    var reason: Reason? {
        if case .failed(let reason) = outcome.result { reason } else { nil }
    }
    var facts: RequestFacts? { outcome.detail?.request }
    var phases: [PhaseName] { outcome.detail?.phases.map(\.name) ?? [] }

    /// No name but `localhost` exists.
    static let lookup: HostLookup = { name, answer in
        answer(name == "localhost" ? .addresses([.v4(IPv4Address(127, 0, 0, 1))]) : .failed(.dnsNXDomain))
    }

    static func ask(
        _ url: String,
        _ question: RequestQuestion? = nil,
        proxy: ProxyServer? = nil,
        timeout: Duration = .seconds(2),
        caFile: String? = nil,
        keepsResponse: Bool = false,
        pin: Pin = .none
    ) throws -> Self {
        let target = try Target(parsing: url)
        let found = question ?? RequestQuestion(target, throughProxy: proxy != nil)
        let task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: target,
            question: try #require(found),
            proxy: proxy,
            pin: pin,
            timeout: timeout,
            caFile: caFile,
            keepsResponse: keepsResponse
        )
        let started = Clock.now
        let outcome = try RequestEngine.requestOnce(task, lookup: lookup)
        return Self(outcome: outcome, took: Clock.now - started)
    }
}
