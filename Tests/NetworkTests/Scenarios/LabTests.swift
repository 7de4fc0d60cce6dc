import Model
import TestSupport
import Testing

extension NetworkTests {
    /// Without these, a scenario that passes would prove nothing.
    @Suite("the lab itself")
    struct LabTests {
        @Test("each crossing carries its pin, and a cut silences that crossing alone")
        func crossings() throws {
            guard labIsPossible(), Requirement.met(.program("fping", package: "fping")) else { return }
            let network = try HybridNetwork()
            defer { network.remove() }
            let pins: [(HybridNetwork.Crossing, String)] = [
                (.primary, "10.9.0.11"), (.secondary, "10.9.0.12"), (.vpn, "vpn0"),
            ]
            #expect(try pins.allSatisfy { try answers(network, "10.1.0.4", from: $0.1) })
            #expect(try answers(network, "10.0.0.1", from: "10.0.0.2"))
            #expect(try answers(network, "10.1.255.30", from: "vpn0"))
            for (crossing, _) in pins {
                try network.cut(crossing)
                for (other, pin) in pins {
                    #expect(try answers(network, "10.1.0.4", from: pin) == (other != crossing))
                }
                try network.restore(crossing)
            }
        }

        @Test("the workload's route is over both edges, and over the VPN once it is withdrawn")
        func routes() throws {
            guard labIsPossible() else { return }
            let network = try HybridNetwork()
            defer { network.remove() }
            let ways = Set(try (0..<32).map { port in try way(network, port: 40000 + port) })
            #expect(ways == ["e1", "e2"])
            try network.moveTrafficToVPN()
            #expect(try way(network, port: 40000) == "vpn0")
            try network.moveTrafficToCircuit()
            try network.moveTrafficToSecondary()
            #expect(try way(network, port: 40000) == "e2")
        }

        @Test("the circuit is cut in one moment, and the host too")
        func moments() throws {
            guard labIsPossible(), Requirement.met(.program("fping", package: "fping")) else { return }
            let network = try HybridNetwork()
            defer { network.remove() }
            try network.cutCircuit()
            #expect(try !answers(network, "10.1.0.4", from: "10.9.0.11"))
            #expect(try !answers(network, "10.1.0.4", from: "10.9.0.12"))
            #expect(try answers(network, "10.1.0.4", from: "vpn0"))
            try network.restoreCircuit()
            #expect(try answers(network, "10.1.0.4", from: "10.9.0.12"))
            try network.isolateHost()
            #expect(try !answers(network, "10.0.0.1", from: "10.0.0.2"))
        }

        @Test("what is dropped at random is counted to the packet")
        func dropper() throws {
            guard labIsPossible(), Requirement.met(.program("fping", package: "fping")) else { return }
            let network = try HybridNetwork()
            defer { network.remove() }
            try network.dropSome(from: "10.9.0.11", at: .primary, percent: 30)
            let ping = ["fping", "-q", "-c", "100", "-p", "10", "-t", "300", "-S", "10.9.0.11", "10.1.0.4"]
            let report = try Shell.finish(network.host.command(ping)).errors
            let counts = report.split(separator: "=")[1].split { "/,".contains($0) }
                .compactMap { Int($0.drop { $0 == " " }) }
            #expect(counts[0] - counts[1] == (try network.stopDropping(at: .primary)))
            #expect(counts[0] > counts[1])
        }

        private func answers(_ network: HybridNetwork, _ target: String, from pin: String) throws -> Bool {
            let bound = pin.contains(".") ? ["-S", pin] : ["-I", pin]
            let ping = ["fping", "-q", "-c", "2", "-p", "50", "-t", "300"] + bound + [target]
            return try Shell.finish(network.host.command(ping)).status == 0
        }

        /// The interface that a TCP flow to the workload takes.
        private func way(_ network: HybridNetwork, port: Int) throws -> String {
            let route = try Shell.run(
                "ip",
                "-n",
                network.host.name,
                "route",
                "get",
                "10.1.0.4",
                "ipproto",
                "tcp",
                "sport",
                "\(port)",
                "dport",
                "443"
            )
            let words = route.split(separator: " ")
            guard let position = words.firstIndex(of: "dev") else { return "" }
            return String(words[position + 1])
        }
    }
}
