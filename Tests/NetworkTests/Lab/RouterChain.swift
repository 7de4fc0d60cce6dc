import TestSupport

/// Routers in a row:
///
///     first ── r1 ── r2 ── … ── last
///      10.8.0.1   10.8.0.2 10.8.1.1   10.8.1.2 …     link n is 10.8.n.0/24, .1 the near end, .2 the far end
final class RouterChain: Sendable {
    private let namespaces: [Namespace]

    /// - Parameter hops: how many TTLs the last one is away.
    init(hops: Int) throws {
        LabNamespaces.sweep()
        namespaces = (0...hops).map { LabNamespaces.make("r\($0)") }
        do {
            for namespace in namespaces { try LabNamespaces.add(namespace) }
            for link in 0..<hops { try join(link) }
            for position in 0...hops { try route(position, hops: hops) }
        } catch {
            remove()
            throw error
        }
    }

    var first: Namespace { namespaces[0] }
    /// The router that answers at this TTL.
    func namespace(_ ttl: Int) -> Namespace { namespaces[ttl] }
    var last: Namespace { namespaces[namespaces.count - 1] }
    /// What each hop answers from, nearest first.
    var addresses: [String] { (0..<(namespaces.count - 1)).map { "10.8.\($0).2" } }
    /// The last one's address.
    var target: String { "10.8.\(namespaces.count - 2).2" }

    func remove() {
        for namespace in namespaces { LabNamespaces.delete(namespace) }
    }

    private func join(_ link: Int) throws {
        let (near, far) = (namespaces[link], namespaces[link + 1])
        try Shell.run(
            "ip",
            "link",
            "add",
            "far",
            "netns",
            near.name,
            "type",
            "veth",
            "peer",
            "name",
            "near",
            "netns",
            far.name
        )
        try LabNamespaces.configure(near, ["address add 10.8.\(link).1/24 dev far", "link set far up"])
        try LabNamespaces.configure(far, ["address add 10.8.\(link).2/24 dev near", "link set near up"])
    }

    private func route(_ position: Int, hops: Int) throws {
        let links = (0..<hops).filter { $0 != position && $0 != position - 1 }
        let commands = links.map { link in
            let gateway = link < position ? "10.8.\(position - 1).1" : "10.8.\(position).2"
            return "route add 10.8.\(link).0/24 via \(gateway)"
        }
        try LabNamespaces.configure(namespaces[position], commands)
    }
}
