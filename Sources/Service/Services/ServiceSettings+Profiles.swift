import Model
import Planning
import Settings

/// Whether a proxy's allow-list lets one needed endpoint through.
struct EndpointCoverage: Sendable, Equatable {
    var endpoint: UncoveredEndpoint
    var isCovered: Bool
}

extension ServiceSettings {
    /// Patterns of one allow-list are some lines; nobody needs more.
    private static let mostPatternBytes = 1 << 20

    mutating func add(_ profile: Profile, _ proxies: [Proxy]) {
        guard let use = EndpointUse(rawValue: profile.kind.rawValue) else { return }
        let needed = EndpointProfile(use, in: AzureCloud(region: profile.region)).endpoints
        var urls = needed.filter(\.isProbeable).map(\.target.description)
        for host in profile.hosts {
            if !needed.contains(where: { $0.covers(host) }) {
                warnings.append("profiles: \(use.rawValue) in \(profile.region) needs no host '\(host)'")
            }
            urls.append("https://\(host)/")
        }
        for via in profile.via {
            for url in urls { addEndpoint(EndpointWay(use: use, target: url, via: via), url, profile.interval) }
            guard let path = proxies.first(where: { $0.name == via })?.allowList,
                let text = read(path, most: Self.mostPatternBytes)
            else { continue }
            let patterns = HostPattern.list(text)
            coverage += needed.filter { $0.target.scheme != .udp }.map { endpoint in
                EndpointCoverage(
                    endpoint: UncoveredEndpoint(
                        use: use,
                        name: endpoint.name,
                        purpose: endpoint.purpose,
                        proxy: via
                    ),
                    isCovered: patterns.contains { $0.covers(endpoint) }
                )
            }
        }
    }

    mutating func addressList(_ path: String) -> AddressAllowList? {
        guard let content = read(path, most: AddressAllowList.mostBytes) else { return nil }
        do throws(AllowListError) {
            return try AddressAllowList(
                name: String(path.split(separator: "/").last ?? ""),
                content: Array(content.utf8)
            )
        } catch {
            warnings.append("\(path): \(error)")
            return nil
        }
    }

    private mutating func read(_ path: String, most: Int) -> String? {
        let text = TextFile.read(path, limit: most)
        if text == nil { warnings.append("\(path) cannot be read, is no text or has more than \(most >> 20) MiB") }
        return text
    }
}
