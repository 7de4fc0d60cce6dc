import Links
import Model
import Testing
import Wire

private func address(_ text: String) -> IPAddress { IPAddress(text) ?? .v4(IPv4Address(rawValue: 0)) }

/// The site with pins by source address, as on a host behind the customer edge.
private func bySource(primaryPin: Pin = Pin(source: address("10.9.0.11"))) -> Topology {
    var topology = Site.topology()
    for index in topology.paths.indices {
        switch topology.paths[index].id {
        case Site.primary: topology.paths[index].pin = primaryPin
        case Site.secondary: topology.paths[index].pin = Pin(source: address("10.9.0.12"))
        default:
            topology.paths[index].pin = Pin(source: address("10.9.0.13"))
            topology.paths[index].gateways = ["20.41.0.10", "gateway.contoso.com"]
        }
    }
    return topology
}

@Suite("whose packet it is")
struct PathAttributionTests {
    private func path(
        _ attribution: PathAttribution,
        on interface: String = "lan0",
        _ one: String,
        _ other: String
    ) -> PathID? {
        attribution.path(on: interface, address(one), address(other))
    }

    @Test("what crosses a path's own interface is the path's")
    func interface() {
        let attribution = PathAttribution(Site.topology(), host: [])
        let interface = Site.topology().path(Site.primary)?.pin.interface ?? ""
        #expect(path(attribution, on: interface, "192.0.2.1", "10.1.0.77") == Site.primary)
        #expect(attribution.path(of: interface) == Site.primary)
        #expect(path(attribution, on: "lan0", "192.0.2.1", "10.1.0.77") == nil)
    }

    @Test("an interface with an address in a connection's subnet is that connection's")
    func ownSubnet() {
        let host = [PathAttribution.HostAddress(interface: "er1", address: address("172.16.0.1"))]
        let attribution = PathAttribution(bySource(), host: host)
        #expect(path(attribution, on: "er1", "192.0.2.1", "10.1.0.77") == Site.primary)
    }

    @Test("an interface that two paths use is neither's")
    func sharedInterface() {
        let host = [
            PathAttribution.HostAddress(interface: "er", address: address("172.16.0.1")),
            PathAttribution.HostAddress(interface: "er", address: address("172.16.0.5")),
        ]
        let attribution = PathAttribution(bySource(), host: host)
        #expect(path(attribution, on: "er", "192.0.2.1", "10.1.0.77") == nil)
        #expect(path(attribution, on: "er", "172.16.0.5", "172.16.0.6") == Site.secondary)
    }

    @Test("the addresses of a connection's subnet, of pins and of gateways name their paths, in both directions")
    func addresses() {
        let attribution = PathAttribution(
            bySource(),
            host: [],
            names: ["gateway.contoso.com": [address("20.41.0.11")]]
        )
        #expect(path(attribution, "172.16.0.6", "172.16.0.5") == Site.secondary)
        #expect(path(attribution, "10.9.0.11", "10.1.0.4") == Site.primary)
        #expect(path(attribution, "10.1.0.4", "10.9.0.11") == Site.primary)
        #expect(path(attribution, "20.41.0.10", "203.0.113.1") == Site.vpn)
        #expect(path(attribution, "203.0.113.1", "20.41.0.11") == Site.vpn)
        #expect(attribution.vpn(ofGateway: address("20.41.0.11")) == Site.vpn)
    }

    @Test("ESP that crosses a circuit is the VPN's all the same")
    func gatewayFirst() {
        let host = [PathAttribution.HostAddress(interface: "er1", address: address("172.16.0.1"))]
        let attribution = PathAttribution(bySource(), host: host)
        #expect(path(attribution, on: "er1", "10.0.0.1", "20.41.0.10") == Site.vpn)
    }

    @Test("other people's traffic to a workload is on the link's active path, while that is one alone")
    func active() {
        func attribution(_ active: Set<PathID>?) -> PathAttribution {
            PathAttribution(bySource(), host: [], active: active.map { [Site.link: $0] } ?? [:])
        }
        #expect(path(attribution([Site.vpn]), "10.0.0.77", "10.1.0.5") == Site.vpn)
        #expect(path(attribution([Site.vpn]), "10.1.0.5", "10.0.0.77") == Site.vpn)
        #expect(path(attribution([Site.primary, Site.secondary]), "10.0.0.77", "10.1.0.5") == nil)
        #expect(path(attribution(nil), "10.0.0.77", "10.1.0.5") == nil)
        #expect(path(attribution([Site.vpn]), "10.0.0.77", "10.1.0.99") == nil, "no workload of any link")
    }

    @Test("where a mark alone sends a probe its way, its target says nothing")
    func mark() {
        let active = [Site.link: Set([Site.vpn])]
        let attribution = PathAttribution(bySource(primaryPin: Pin(mark: 7)), host: [], active: active)
        let only = Site.topology().links[0].through[0].target.host
        let isWorkload = Site.topology().links[0].workloads.contains { $0.target.host == only }
        #expect(path(attribution, "10.0.0.77", only) == (isWorkload ? Site.vpn : nil))
    }

    @Test("only both ends in a connection's subnet are a session of its routers")
    func session() {
        let attribution = PathAttribution(bySource(), host: [])
        #expect(attribution.connection(address("172.16.0.1"), address("172.16.0.2")) == Site.primary)
        #expect(attribution.connection(address("172.16.0.1"), address("10.1.0.4")) == nil)
    }
}
