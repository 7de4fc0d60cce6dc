import Glibc
import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("netprobe path: parallel paths, sizes, limits")
    struct PathFlowTests {
        private func document(_ result: Shell.Finished, status: Int32 = 0) throws -> JSONValue {
            #expect(result.status == status, "\(result.output)\(result.errors)")
            return try JSONValue(parsing: result.output)
        }

        private func responders(_ document: JSONValue, hop: Int) -> Set<String> {
            let hops = document["hops"]?.asArray ?? []
            guard hops.count >= hop else { return [] }
            return Set((hops[hop - 1]["responders"]?.asArray ?? []).compactMap { $0["address"]?.asString })
        }

        @Test("both parallel links are found, by UDP and TCP, over IPv4 and IPv6")
        func bothLinks() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            for (target, links) in [
                (ParallelRouters.address, [ParallelRouters.leftHop, ParallelRouters.rightHop]),
                (ParallelRouters.address6, ["fd09:2::2", "fd09:3::2"]),
            ] {
                for wire in ["udp", "tcp"] {
                    // Six flows take one of two links in 1 of 32 traces; the rule allows for that.
                    let arguments = [target, "--protocol", wire, "--flows", "16", "--count", "2"]
                    let document = try document(lab.path(arguments))
                    #expect(responders(document, hop: 2) == Set(links))
                    #expect(document["multipath"]?["paths"]?.asInteger == 2)
                    #expect(document["multipath"]?["lost"]?.asInteger == 0)
                }
            }
            let search = try document(lab.path(ParallelRouters.address, "--protocol", "udp", "--flows", "auto"))
            #expect(search["multipath"]?["complete"]?.asBool == true)
        }

        @Test("a host with several next hops of its own: each flow leaves as a connection with its ports would")
        func ownNextHops() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            // A source of neither link: newer kernels prefer the next hop whose own address the source is.
            for (target, source, links) in [
                (ParallelRouters.address, "10.9.1.2", [ParallelRouters.leftHop, ParallelRouters.rightHop]),
                (ParallelRouters.address6, "fd09:1::2", ["fd09:2::2", "fd09:3::2"]),
            ] {
                for wire in ["udp", "tcp"] {
                    let command = [
                        try NetprobeBinary.path(), "path", target, "--protocol", wire, "--flows", "16", "--count", "2",
                        "--output", "json", "--no-dns", "--source", source,
                    ]
                    let document = try document(Shell.finish(lab.split.command(command)))
                    #expect(responders(document, hop: 1) == Set(links), "\(wire) \(target)")
                    #expect(document["multipath"]?["paths"]?.asInteger == 2)
                }
            }
        }

        @Test("a host with next hops of different addresses: flows leave by all, each with the address there")
        func sourcesOfFlows() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]
            for (target, links) in [
                (ParallelRouters.address, [ParallelRouters.leftHop, ParallelRouters.rightHop]),
                (ParallelRouters.address6, ["fd09:2::2", "fd09:3::2"]),
            ] {
                for (wire, prefix) in [("udp", []), ("tcp", []), ("udp", nobody)] {
                    let command =
                        prefix + [
                            try NetprobeBinary.path(), "path", target, "--protocol", wire, "--flows", "16", "--count",
                            "2",
                            "--output", "json", "--no-dns",
                        ]
                    let result = try Shell.finish(lab.split.command(command))
                    let document = try document(result)
                    #expect(responders(document, hop: 1) == Set(links), "\(wire) \(target) \(result.output)")
                    #expect(document["multipath"]?["paths"]?.asInteger == 2)
                    #expect(document["hops"]?.asArray?.allSatisfy { $0["nat"] == .null } == true)
                }
            }
        }

        @Test(
            "a host with several next hops and no common source: a trace by IPv6 leaves as a connection with its ports does"
        )
        func ownSources() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            // Each port is a flow of its own.
            for port in 7001...7012 {
                let target = "tcp://[\(ParallelRouters.address6)]:\(port)"
                let command = [
                    try NetprobeBinary.path(), "path", target, "--count", "2", "--output", "json", "--no-dns",
                ]
                let document = try JSONValue(parsing: Shell.finish(lab.split.command(command)).output)
                let flow = try #require(document["multipath"]?["flows"]?.asArray?.first)
                let source = try #require(flow["source_port"]?.asInteger)
                // What the kernel says before a connection has its source is the way that it keeps.
                let route = try lab.split.run(
                    "ip",
                    "-6",
                    "route",
                    "get",
                    ParallelRouters.address6,
                    "ipproto",
                    "tcp",
                    "sport",
                    "\(source)",
                    "dport",
                    "\(port)"
                )
                let link = route.contains(" dev left ") ? "left" : "right"
                #expect(document["interface"]?.asString == link, "\(port): \(route)")
                #expect(
                    responders(document, hop: 1) == [link == "left" ? "fd09:2::2" : "fd09:3::2"],
                    "\(port): \(route)"
                )
            }
        }

        @Test("the hash of a way is the same in every run")
        func stableHash() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            var hashes: Set<String> = []
            for _ in 0..<3 {
                // Eight ports meet one link alone in 1 of 128 boots: the kernel seeds its hash at the start.
                let result = try lab.path(ParallelRouters.address, "--protocol", "udp", "--flows", "8", "--count", "1")
                for flow in try document(result)["multipath"]?["flows"]?.asArray ?? [] {
                    hashes.insert(flow["route_hash"]?.asString ?? "")
                }
            }
            #expect(hashes.count == 2)
        }

        @Test("when one link loses half of its packets, it is named, and that the other loses none")
        func lossyLink() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let rule = "ip daddr \(ParallelRouters.address) numgen random mod 2 == 0 drop"
            try lab.rule(lab.right, hook: "forward", rule)
            let result = try lab.path(ParallelRouters.address, "--protocol", "tcp", "--flows", "16", "--count", "12")
            let document = try document(result, status: 2)
            let sentence = document["verdict"]?["sentence"]?.asString ?? ""
            let start = "one of the parallel links to \(ParallelRouters.address) loses "
            #expect(sentence.hasPrefix(start) && sentence.contains(" the others 0 of "), "\(sentence)")
            let evidence = document["verdict"]?["evidence"]?.asArray?.first?.asString ?? ""
            #expect(evidence.hasPrefix("it is that of hop 2 (\(ParallelRouters.rightHop)); "), "\(evidence)")
        }

        @Test("the usual search for paths names the link that loses half of its packets too")
        func lossyLinkOfSearch() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let rule = "ip daddr \(ParallelRouters.address) numgen random mod 100 < 50 drop"
            try lab.rule(lab.right, hook: "forward", rule)
            var sentences: [String] = []
            // Where few flows die at first, few are measured.
            for _ in 0..<4 {
                let result = try lab.path(ParallelRouters.address, "--protocol", "tcp", "--flows", "auto")
                let verdict = try document(result, status: 2)["verdict"]
                sentences.append(verdict?["sentence"]?.asString ?? "")
                let evidence = verdict?["evidence"]?.asArray?.first?.asString ?? ""
                #expect(!evidence.hasPrefix("it is that of hop 2 (\(ParallelRouters.leftHop))"), "\(evidence)")
            }
            let named = "one of the parallel links to \(ParallelRouters.address) loses "
            #expect(sentences.contains { $0.hasPrefix(named) }, "\(sentences)")
            #expect(!sentences.contains { $0.contains(" fails: ") }, "\(sentences)")
        }

        @Test("when one link is black, a part of the flows is lost, and it is said so")
        func blackLink() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            try lab.rule(lab.right, hook: "forward", "ip daddr \(ParallelRouters.address) drop")
            let result = try lab.path(ParallelRouters.address, "--protocol", "udp", "--flows", "16", "--count", "3")
            let document = try document(result, status: 2)
            let flows = document["multipath"]?["flows"]?.asArray ?? []
            let losses = Set(flows.compactMap { $0["loss_ratio"] }.map { $0 == .number(1) || $0 == .integer(1) })
            #expect(losses == [true, false])
            let sentence = document["verdict"]?["sentence"]?.asString ?? ""
            #expect(sentence.hasPrefix("one of the parallel links fails: "), "\(sentence)")
            let evidence = document["verdict"]?["evidence"]?.asArray?.compactMap(\.asString) ?? []
            #expect(evidence.contains("they end behind hop 2 (\(ParallelRouters.rightHop))"), "\(evidence)")
        }

        @Test("with a circuit in the configuration the failing link is one of two ExpressRoute links")
        func blackConnection() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            let folder = try TemporaryFolder()
            defer {
                lab.remove()
                folder.remove()
            }
            let file = try folder.write(
                "netprobe.yml",
                """
                schema: 1
                circuits:
                  kr-er-01:
                    peering: private
                    primary: {subnet: 10.9.2.0/30}
                    secondary: {subnet: 10.9.3.0/30}
                links:
                  - name: seoul-koreacentral
                    peering: private
                    tiers: [[kr-er-01/primary, kr-er-01/secondary]]
                    workloads: [icmp://10.9.6.2]

                """
            )
            let arguments = [
                ParallelRouters.address, "--protocol", "udp", "--flows", "16", "--count", "3", "--config", file,
            ]
            let well = try document(lab.path(arguments))
            #expect(well["path"]?["spread"]?.asBool == true)
            #expect(
                Set(well["path"]?["candidates"]?.asArray?.compactMap(\.asString) ?? [])
                    == ["kr-er-01/primary", "kr-er-01/secondary"]
            )
            try lab.rule(lab.right, hook: "forward", "ip daddr \(ParallelRouters.address) drop")
            let broken = try document(lab.path(arguments), status: 2)
            let sentence = broken["verdict"]?["sentence"]?.asString ?? ""
            #expect(sentence.hasPrefix("one of two ExpressRoute links fails: "), "\(sentence)")
            #expect(sentence.contains("those that pass take kr-er-01/primary"), "\(sentence)")
        }

        @Test("a narrow link that says so is told from a black hole, with its hop and the MSS")
        func mtu() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            try lab.limitLastLink(to: 1400)
            let listener = try lab.target.inside { try TCP.listen(on: "0.0.0.0", port: 7443) }
            defer { close(listener) }
            for arguments in [
                ["--protocol", "icmp"], ["--protocol", "udp"], ["--protocol", "tcp", "--port", "7443"],
            ] {
                let result = try lab.path([ParallelRouters.address, "--mtu", "--count", "2"] + arguments)
                let mtu = try document(result)["mtu"]
                #expect(
                    mtu?["bytes"]?.asInteger == 1400 && mtu?["behaviour"]?.asString == "reported",
                    "\(result.output)"
                )
                #expect(mtu?["interface_bytes"]?.asInteger == 1500 && mtu?["limit_ttl"]?.asInteger == 3)
            }
            let tcp = try document(lab.path("tcp://\(ParallelRouters.address):7443", "--mtu", "--count", "2"))
            #expect(tcp["mss"]?["announced_bytes"]?.asInteger == 1360 && tcp["mss"]?["clamped"]?.asBool == true)
            #expect(tcp["mss"]?["too_large"]?.asBool == false)
        }

        @Test("a tunnel of 1400 bytes is a narrow link that says so, and its inside is hidden")
        func tunnel() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 5)
            defer { chain.remove() }
            try chain.tunnel(from: 1, to: 3, mtu: 1400)
            for wire in ["icmp", "udp", "tcp"] {
                let command = [
                    try NetprobeBinary.path(), "path", chain.target, "--protocol", wire, "--mtu", "--count", "2",
                    "--no-dns", "--output", "json",
                ]
                let document = try document(Shell.finish(chain.first.command(command)))
                #expect(document["result"]?["hops"]?.asInteger == 4, "\(document.text())")
                #expect(responders(document, hop: 2) == ["10.99.0.2"])
                let mtu = document["mtu"]
                #expect(mtu?["bytes"]?.asInteger == 1400 && mtu?["behaviour"]?.asString == "reported", "\(wire)")
                #expect(mtu?["limit_ttl"]?.asInteger == 1 && mtu?["limit_address"]?.asString == "10.8.0.2")
            }
        }

        @Test(
            "a black hole for large packets is found with its size and its hop, by every way to send them",
            arguments: [
                ["--protocol", "icmp"], ["--protocol", "udp"], ["--protocol", "tcp", "--port", "7443"],
                ["--protocol", "tcp", "--port", "7443", "--in-session"],
            ]
        )
        func blackHole(arguments: [String]) throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            try lab.limitLastLink(to: 1400)
            try lab.rule(lab.join, hook: "output", "icmp type destination-unreachable icmp code 4 drop")
            let listener = try lab.target.inside { try TCP.listen(on: "0.0.0.0", port: 7443) }
            defer { close(listener) }
            let command = [ParallelRouters.address, "--mtu", "--count", "2"] + arguments
            let hole = try document(lab.path(command), status: 2)
            let mtu = hole["mtu"]
            #expect(mtu?["bytes"]?.asInteger == 1400 && mtu?["behaviour"]?.asString == "black_hole", "\(hole.text())")
            #expect(mtu?["limit_ttl"]?.asInteger == 3 && mtu?["interface_bytes"]?.asInteger == 1500)
            #expect(mtu?["direction"]?.asString == "forward", "\(hole.text())")
            #expect(hole["verdict"]?["sentence"]?.asString?.contains("packets over 1400 bytes vanish") == true)
            // A SYN has no size: without a session the sizes are those of ICMP, and that is said.
            let method = arguments.contains("udp") ? "udp" : arguments.contains("--in-session") ? "tcp" : "icmp"
            #expect(mtu?["method"]?.asString == method)
        }

        @Test(
            "large answers that vanish on the way back are told from a hole on the way there, and not where UDP is not answered"
        )
        func returnHole() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            try lab.rule(lab.join, hook: "forward", "icmp type echo-reply meta length > 1400 drop")
            let hole = try document(lab.path(ParallelRouters.address, "--mtu", "--count", "2"), status: 2)
            #expect(hole["mtu"]?["bytes"]?.asInteger == 1400 && hole["mtu"]?["behaviour"]?.asString == "black_hole")
            #expect(hole["mtu"]?["direction"]?.asString == "return" && hole["mtu"]?["limit_ttl"] == .null)
            #expect(hole["verdict"]?["sentence"]?.asString?.contains("vanish on the way back") == true)
            // The target drops UDP without a word: then it may be either.
            try lab.rule(lab.target, hook: "input", "meta l4proto udp drop")
            let either = try document(lab.path(ParallelRouters.address, "--mtu", "--count", "2"), status: 2)
            #expect(
                either["mtu"]?["bytes"]?.asInteger == 1400 && either["mtu"]?["direction"] == .null,
                "\(either.text())"
            )
        }

        @Test("a router that limits its ICMP reads rate-limited, and nothing is lost")
        func rateLimit() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 4)
            defer { chain.remove() }
            // Linux as it is shipped: one a second to each peer, after a few at once.
            try chain.namespace(2).run("sysctl", "-q", "-w", "net.ipv4.icmp_ratelimit=1000")
            let command = [
                try NetprobeBinary.path(), "path", chain.target, "--count", "15", "--no-dns", "--output", "json",
            ]
            let document = try document(Shell.finish(chain.first.command(command)))
            let hops = document["hops"]?.asArray ?? []
            #expect(hops.map { $0["rate_limited"]?.asBool } == [false, true, false, false], "\(document.text())")
            #expect(document["result"]?["loss_ratio"] == .number(0) || document["result"]?["loss_ratio"] == .integer(0))
        }
    }
}
