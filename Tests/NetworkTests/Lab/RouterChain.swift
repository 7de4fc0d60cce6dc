import Synchronization
import TestSupport

/// Routers in a row:
///
///     first ── r1 ── r2 ── … ── last
///      10.8.0.1   10.8.0.2 10.8.1.1   10.8.1.2 …     link n is 10.8.n.0/24, .1 the near end, .2 the far end
final class RouterChain: Sendable {
    private let namespaces: [Namespace]
    private let detours = Mutex<[Namespace]>([])

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
        for namespace in namespaces + detours.withLock({ $0 }) { LabNamespaces.delete(namespace) }
    }

    /// Lets what the router at TTL `from` and those behind it send to the first one come back over so many routers more,
    /// to the router at TTL `to`.
    func detour(from: Int, to: Int, routers: Int) throws {
        let middle = (0..<routers).map { LabNamespaces.make("d\($0)") }
        detours.withLock { $0 += middle }
        for namespace in middle { try LabNamespaces.add(namespace) }
        let way = [namespaces[from]] + middle + [namespaces[to]]
        for (index, (near, far)) in zip(way, way.dropFirst()).enumerated() {
            try join(100 + index, near, far, "back-out", "back-in")
            try LabNamespaces.configure(near, ["route replace 10.8.0.0/24 via 10.8.\(100 + index).2"])
        }
    }

    /// Joins two routers by VXLAN over those between them: 10.99.0.0/24, .1 the near end; what goes further takes it.
    func tunnel(from: Int, to: Int, mtu: Int) throws {
        let ends = ["10.8.\(from).1", "10.8.\(to - 1).2"]
        for (position, near, far) in [(from, 0, 1), (to, 1, 0)] {
            try LabNamespaces.configure(
                namespaces[position],
                [
                    "link add tunnel type vxlan id 5 local \(ends[near]) remote \(ends[far]) dstport 4789",
                    "address add 10.99.0.\(near + 1)/24 dev tunnel", "link set tunnel mtu \(mtu) up",
                ]
            )
        }
        let behind = (to..<namespaces.count - 1).map { "route replace 10.8.\($0).0/24 via 10.99.0.2" }
        try LabNamespaces.configure(namespaces[from], behind)
        try LabNamespaces.configure(namespaces[to], ["route replace 10.8.0.0/24 via 10.99.0.1"])
    }

    private func join(_ link: Int) throws {
        try join(link, namespaces[link], namespaces[link + 1], "far", "near")
    }

    private func join(_ link: Int, _ near: Namespace, _ far: Namespace, _ nearDevice: String, _ farDevice: String)
        throws
    {
        try Shell.run(
            "ip",
            "link",
            "add",
            nearDevice,
            "netns",
            near.name,
            "type",
            "veth",
            "peer",
            "name",
            farDevice,
            "netns",
            far.name
        )
        try LabNamespaces.configure(
            near,
            ["address add 10.8.\(link).1/24 dev \(nearDevice)", "link set \(nearDevice) up"]
        )
        try LabNamespaces.configure(
            far,
            ["address add 10.8.\(link).2/24 dev \(farDevice)", "link set \(farDevice) up"]
        )
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
