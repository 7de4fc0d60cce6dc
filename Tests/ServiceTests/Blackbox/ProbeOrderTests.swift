import Blackbox
import Model
import Testing
import Web
import Wire

@testable import Service

@Suite("what /probe may be asked")
struct ProbeOrderTests {
    private static let modules: [String: ProbeModule] = {
        var modules = ModuleFile.load(nil).modules ?? [:]
        modules["slow"] = modules["icmp"]
        modules["slow"]?.timeout = .seconds(2)
        return modules
    }()

    private func order(
        target: String = "10.1.0.4",
        module: String = "",
        hostname: String = "",
        timeout: String? = nil
    ) throws(ProbeRefusal) -> ProbeOrder {
        let query = WebSource.ProbeQuery(
            target: target,
            module: module,
            hostname: hostname,
            isDebugging: false,
            timeout: timeout
        )
        return try ProbeOrder(query, Self.modules)
    }

    @Test("without a file there are the modules that need no options; the usual one is http_2xx")
    func standard() throws {
        let order = try order()
        #expect(order.name == "http_2xx" && order.prober == .http && order.timeout == 119.5)
        #expect(Set(ModuleFile.load(nil).modules?.keys.map { $0 } ?? []) == ["http_2xx", "tcp_connect", "icmp"])
    }

    @Test("the module's time-out and Prometheus's are both kept")
    func timeout() throws {
        #expect(try order(module: "slow").timeout == 2)
        #expect(try order(module: "slow", timeout: "1").timeout == 0.5)
    }

    @Test("refusals have blackbox_exporter's words and statuses")
    func refusals() {
        #expect(throws: ProbeRefusal(status: 400, message: "Unknown module \"a\\nb\"")) { try order(module: "a\nb") }
        #expect(throws: ProbeRefusal(status: 400, message: "Target parameter is missing")) { try order(target: "") }
    }

    @Test("hostname is the Host field of http alone")
    func hostname() throws {
        let http = try order(hostname: "a.test")
        #expect(http.module.http.headers == [.init("Host", "a.test")])
        #expect(try order(module: "icmp", hostname: "a.test").module.http.headers.isEmpty)
    }
}

@Suite("addresses that may be asked over HTTP")
struct TargetLimitsTests {
    private func permits(_ text: String, allow: [String] = [], deny: [String] = []) throws -> Bool {
        func subnets(_ texts: [String]) throws -> [Subnet] { try texts.map { try #require(Subnet($0)) } }
        let limits = TargetLimits(allow: try subnets(allow), deny: try subnets(deny))
        return limits.permits(try #require(IPAddress(text)))
    }

    @Test(
        "where clouds tell a machine its secrets nobody is sent, in whatever clothes",
        arguments: [
            "169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254", "::ffff:169.254.169.254",
            "2002:a9fe:a9fe::", "::169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::a83f:8110",
            "169.254.170.23", "fd00:ec2::23", "::ffff:0:169.254.169.254", "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:a9:fe:a9fe::", "64:ff9b:1:0:a9:fea9:fe00:0",
        ]
    )
    func metadata(address: String) throws {
        #expect(try !permits(address))
        #expect(try !permits(address, allow: ["0.0.0.0/0", "::/0"]))
    }

    @Test("unless the very address is allowed and not denied")
    func allowed() throws {
        #expect(try permits("169.254.169.254", allow: ["169.254.169.254/32"]))
        #expect(try permits("::ffff:169.254.169.254", allow: ["169.254.169.254/32"]))
        #expect(try !permits("169.254.169.254", allow: ["169.254.169.254/32"], deny: ["169.254.0.0/16"]))
        #expect(try permits("169.254.169.253") && permits("10.1.0.4"))
        #expect(try permits("64:ff9b:1::a01:4", allow: ["10.0.0.0/8"]) && permits("169.254.169.253"))
        let limits = TargetLimits(deny: [try #require(Subnet("10.0.0.0/8"))])
        #expect(
            limits.permitsOwn(try #require(IPAddress("10.1.0.4"))),
            "the configuration may lead where strangers may not"
        )
        #expect(!limits.permitsOwn(try #require(IPAddress("::ffff:169.254.169.254"))))
        #expect(try permits("::1") && permits("2002:a01:4::1"))
    }
}
