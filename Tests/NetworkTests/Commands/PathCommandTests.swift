import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("netprobe path")
    struct PathCommandTests {
        @Test("over a chain of eight hops every hop is found, in order")
        func chain() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 8)
            defer { chain.remove() }
            let command = [
                try NetprobeBinary.path(), "path", chain.target, "--count", "3", "--no-dns", "--output", "json",
            ]
            let result = try Shell.finish(chain.first.command(command))
            #expect(result.status == 0, "\(result.errors)")
            let document = try JSONValue(parsing: result.output)
            let text = document.text()
            let positions = chain.addresses.map { text.firstRange(of: "\"\($0)\"")?.lowerBound }
            #expect(positions.allSatisfy { $0 != nil }, "\(text)")
        }

        @Test("a hop that answers nothing is a gap, and a target that is not reached exits 1")
        func silentTarget() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 3)
            defer { chain.remove() }
            let rule =
                "table inet cut { chain in { type filter hook prerouting priority -300; icmp type echo-request drop; }; }\n"
            try chain.last.run("nft", "-f", "-", input: rule)
            let command = [
                try NetprobeBinary.path(), "path", chain.target, "--count", "2", "--no-dns", "--max-hops", "6",
            ]
            let result = try Shell.finish(chain.first.command(command))
            #expect(result.status == 1, "\(result.output)\(result.errors)")
            #expect(result.output.contains(chain.addresses[0]) && result.output.contains(chain.addresses[1]))
        }

        @Test("with the configuration the path is named")
        func named() throws {
            guard labIsPossible() else { return }
            let network = try HybridNetwork()
            let folder = try TemporaryFolder()
            defer {
                network.remove()
                folder.remove()
            }
            try network.moveTrafficToSecondary()
            let file = try folder.write("netprobe.yml", LabConfiguration(stateDirectory: folder.path).text)
            let command = [
                try NetprobeBinary.path(), "path", "10.1.0.4", "--count", "3", "--no-dns", "--config", file,
            ]
            let result = try Shell.finish(network.host.command(command))
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            #expect(result.output.contains("kr-er-01/secondary"), "\(result.output)")
            #expect(!result.output.contains("kr-er-01/primary"), "\(result.output)")
        }

        @Test("where both edges carry at equal cost, the connection is named over which the packets really left")
        func hashed() throws {
            guard labIsPossible() else { return }
            let network = try HybridNetwork()
            let folder = try TemporaryFolder()
            defer {
                network.remove()
                folder.remove()
            }
            let file = try folder.write("netprobe.yml", LabConfiguration(stateDirectory: folder.path).text)
            try LabNamespaces.configure(
                network.vnet,
                ["address add 10.1.0.6/32 dev lo", "address add 10.1.0.7/32 dev lo", "address add 10.1.0.8/32 dev lo"]
            )
            let edges = ["172.16.0.2": "kr-er-01/primary", "172.16.0.6": "kr-er-01/secondary"]
            for host in 4...8 {
                let command = [
                    try NetprobeBinary.path(), "path", "10.1.0.\(host)", "--count", "2", "--no-dns", "--config", file,
                    "--output", "json",
                ]
                let result = try Shell.finish(network.host.command(command))
                let document = try JSONValue(parsing: result.output)
                let router = try #require(
                    document["hops"]?.asArray?.first?["responders"]?.asArray?.first?["address"]?.asString
                )
                #expect(document["path"]?["name"]?.asString == edges[router], "\(result.output)")
            }
        }
    }
}
