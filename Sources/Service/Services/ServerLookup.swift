import Model
import Probing
import Scheduling
import Settings
import Sockets
import Wire

/// Asks one name server for the addresses of a name (`defaults.resolver`), in place of the system's resolver.
struct ServerLookup {
    let server: HostPort

    /// For each of the two types of address.
    private static let timeout: Duration = .seconds(2)

    /// Blocks until both types of address are known.
    func resolve(_ name: String) -> Resolution {
        guard let domain = DNSName(name) else { return .failed(.dnsError) }
        var addresses: [IPAddress] = []
        var failure: Reason?
        for type in [DNSRecordType.a, .aaaa] {
            switch ask(DNSQuery(name: domain, type: type)) {
            case .addresses(let found): addresses += found
            // That one type of address is missing is no failure where the other is there.
            case .failed(let reason): failure = failure ?? reason
            }
        }
        return addresses.isEmpty ? .failed(failure ?? .dnsError) : .addresses(addresses)
    }

    private func ask(_ query: DNSQuery) -> Resolution {
        let task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: Target(scheme: .dns, host: server.host, port: server.port),
            question: .dns(query),
            proxy: nil,
            timeout: Self.timeout,
            caFile: nil
        )
        do throws(SystemError) {
            let outcome = try RequestEngine.requestOnce(task, lookup: NameResolver(threads: 1).hostLookup)
            let answers = outcome.detail?.request?.dns?.answers ?? []
            let found = answers.filter { $0.type == query.type.description }.compactMap { IPAddress($0.value) }
            guard found.isEmpty else { return .addresses(found) }
            if case .failed(let reason) = outcome.result { return .failed(reason) }
            return .failed(.dnsError)
        } catch {
            return .failed(.dnsError)
        }
    }
}
