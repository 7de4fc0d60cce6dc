import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("netprobe path: odd routers")
    struct PathOddRoutersTests {
        private func trace(_ chain: RouterChain, _ arguments: String..., status: Int32 = 0) throws -> JSONValue {
            let command =
                [try NetprobeBinary.path(), "path", chain.target] + arguments + ["--no-dns", "--output", "json"]
            let result = try Shell.finish(chain.first.command(command))
            #expect(result.status == status, "\(result.output)\(result.errors)")
            return try JSONValue(parsing: result.output)
        }

        private func addresses(_ document: JSONValue) -> [String?] {
            (document["hops"]?.asArray ?? []).map { hop in
                hop["responders"]?.asArray?.first?["address"]?.asString
            }
        }

        @Test("a router that hides is a gap and no loss; one that answers from another address is shown with that")
        func hidingAndOtherAddress() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 4)
            defer { chain.remove() }
            let rule =
                "table ip hide { chain c { type filter hook output priority 0; icmp type time-exceeded drop; }; }\n"
            try chain.namespace(2).run("nft", "-f", "-", input: rule)
            try LabNamespaces.configure(
                chain.namespace(3),
                ["address add 10.99.0.3/32 dev lo", "route replace 10.8.0.0/24 via 10.8.2.1 src 10.99.0.3"]
            )
            for wire in ["icmp", "udp", "tcp"] {
                let document = try trace(chain, "--protocol", wire, "--count", "2")
                #expect(addresses(document) == ["10.8.0.2", nil, "10.99.0.3", chain.target], "\(wire)")
                #expect(document["status"]?.asString == "reached" && document["strays"]?.asInteger == 0)
            }
        }

        @Test("a translator that mends no quotes is seen; one that does, as Linux, is passed all the same")
        func translators() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 4)
            defer { chain.remove() }
            let translator = chain.namespace(1)
            let stateless = """
                table ip nat { \
                chain out { type filter hook postrouting priority 0; ip saddr 10.8.0.1 oifname "far" ip saddr set 10.8.1.1; }; \
                chain in { type filter hook prerouting priority 0; ip daddr 10.8.1.1 iifname "far" ip daddr set 10.8.0.1; }; }

                """
            try translator.run("nft", "-f", "-", input: stateless)
            for wire in ["icmp", "udp", "tcp"] {
                let document = try trace(chain, "--protocol", wire, "--count", "2")
                #expect(addresses(document).last == chain.target)
                let sources = (document["hops"]?.asArray ?? []).map { $0["nat"]?["source"]?.asString }
                #expect(sources == [nil, "10.8.1.1", "10.8.1.1", nil] || wire == "udp", "\(wire) \(sources)")
                if wire == "udp" {
                    let changed = (document["hops"]?.asArray ?? []).map { $0["nat"]?["checksum_changed"]?.asBool }
                    #expect(changed == [nil, true, true, true], "\(changed)")
                }
            }
            try translator.run("nft", "delete", "table", "ip", "nat")
            let masquerade = """
                table ip nat { chain out { type nat hook postrouting priority 100; oifname "far" masquerade; }; }

                """
            try translator.run("nft", "-f", "-", input: masquerade)
            for arguments in [["icmp"], ["udp", "--strategy", "dublin"], ["tcp"]] {
                let document = try trace(chain, "--protocol", arguments[0], "--count", "2")
                #expect(addresses(document).compactMap { $0 }.count == 4 && document["strays"]?.asInteger == 0)
            }
        }

        @Test("behind a stateless translator of destinations the hops are found, and the translation is told")
        func translatedDestination() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 4)
            defer { chain.remove() }
            try LabNamespaces.configure(chain.first, ["route add 10.77.0.9 via 10.8.0.2"])
            let stateless = """
                table ip nat { chain c { type filter hook prerouting priority -300; \
                ip daddr 10.77.0.9 ip daddr set \(chain.target); ip saddr \(chain.target) ip saddr set 10.77.0.9; }; }

                """
            try chain.namespace(1).run("nft", "-f", "-", input: stateless)
            for arguments in [["icmp"], ["udp"], ["udp", "--strategy", "paris"], ["tcp"]] {
                let command =
                    [try NetprobeBinary.path(), "path", "10.77.0.9", "--count", "2", "--no-dns", "--output", "json"]
                    + ["--protocol"] + arguments
                let document = try JSONValue(parsing: Shell.finish(chain.first.command(command)).output)
                let ways = addresses(document)
                #expect(ways.prefix(3) == ["10.8.0.2", "10.8.1.2", "10.8.2.2"], "\(arguments) \(ways)")
                #expect(ways.last == "10.77.0.9" && document["strays"]?.asInteger == 0, "\(arguments) \(ways)")
                let told = (document["hops"]?.asArray ?? []).prefix(3).map { $0["nat"]?["destination"]?.asString }
                #expect(told.dropFirst() == [chain.target, chain.target], "\(arguments) \(told)")
            }
        }

        @Test("a target that answers from another address is reached by ICMP, and it is said")
        func answersFromElsewhere() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 3)
            defer { chain.remove() }
            let other = """
                table ip other { chain c { type filter hook prerouting priority -300; \
                iifname "far" ip saddr \(chain.target) icmp type echo-reply ip saddr set 10.8.2.77; }; }

                """
            try chain.namespace(2).run("nft", "-f", "-", input: other)
            let document = try trace(chain, "--count", "2")
            #expect(addresses(document) == ["10.8.0.2", "10.8.1.2", "10.8.2.77"] && document["strays"]?.asInteger == 0)
            #expect(
                document["verdict"]?["evidence"]?.asArray?.compactMap(\.asString)
                    == ["its answers come from 10.8.2.77, not from the address that was asked"]
            )
        }

        @Test("a longer way back is told at every hop that has it, by each protocol and as tracepath does")
        func asymmetricReturn() throws {
            guard labIsPossible(), Requirement.met(.program("tracepath", package: "iputils-tracepath")) else { return }
            let chain = try RouterChain(hops: 4)
            defer { chain.remove() }
            try chain.detour(from: 3, to: 1, routers: 3)
            for wire in ["icmp", "udp", "tcp"] {
                let document = try trace(chain, "--protocol", wire, "--count", "2")
                let hops = document["hops"]?.asArray ?? []
                #expect(hops.map { $0["return_hops"]?.asInteger } == [1, 2, 5, 6], "\(wire) \(document.text())")
                #expect(hops.map { $0["asymmetric"]?.asBool } == [false, false, true, true], "\(wire)")
                let evidence = document["path"]?["evidence"]?.asArray?.compactMap(\.asString) ?? []
                #expect(evidence.last?.hasSuffix("6 hops, against 4 out: perhaps another way") == true, "\(evidence)")
                // The third answers from where its answer leaves.
                #expect(addresses(document) == ["10.8.0.2", "10.8.1.2", "10.8.100.1", chain.target], "\(wire)")
                #expect(document["status"]?.asString == "reached")
            }
            let peer = try Shell.finish(chain.first.command(["tracepath", "-n", chain.target]), within: .seconds(30))
            #expect(peer.output.contains("asymm  5") && peer.output.contains("hops 4 back 6"), "\(peer.output)")
        }

        @Test("quotes of probes that were never sent are counted and change nothing")
        func forgedQuotes() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 3)
            defer { chain.remove() }
            // What the first router quotes is changed on its way: port, number, and with them the checksum.
            let garbage = """
                table ip forge { chain c { type filter hook output priority 0; \
                icmp type time-exceeded @th,240,16 set 7 @th,256,16 set 7; }; }

                """
            try chain.namespace(1).run("nft", "-f", "-", input: garbage)
            for wire in ["udp", "tcp", "icmp"] {
                let document = try trace(chain, "--protocol", wire, "--count", "2")
                #expect(addresses(document).first == .some(nil) && addresses(document).count == 3, "\(wire)")
                #expect((document["strays"]?.asInteger ?? 0) >= 2, "\(wire)")
            }
        }

        @Test("a run cut short by Ctrl-C leaves one valid document of what there is")
        func interrupted() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 2)
            defer { chain.remove() }
            let command = [try NetprobeBinary.path(), "path", chain.target, "--output", "json", "--no-dns"]
            let cut = try Shell.finish(
                chain.first.command(
                    ["timeout", "--preserve-status", "-s", "INT", "0.5"] + command + ["--count", "1000"]
                )
            )
            #expect(try JSONValue(parsing: cut.output)["cancelled"]?.asBool == true)
        }

        @Test("an interface without an address is named as the fault", arguments: ["icmp", "udp", "tcp"])
        func withoutAddress(wire: String) throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 2)
            defer { chain.remove() }
            try LabNamespaces.configure(
                chain.first,
                ["link add bare type veth peer name bare2", "link set bare up", "link set bare2 up"]
            )
            let document = try trace(chain, "--interface", "bare", "--protocol", wire, "--count", "1", status: 1)
            #expect(
                document["verdict"]?["sentence"]?.asString == "bare has no address and no route to \(chain.target)."
            )
            #expect(document["verdict"]?["layer"]?.asString == "host")
        }

        @Test(
            "an interface without a route has none: nothing is looked for on its link",
            arguments: ["icmp", "udp", "tcp"]
        )
        func withoutRoute(wire: String) throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 2)
            defer { chain.remove() }
            try LabNamespaces.configure(
                chain.first,
                [
                    "link add odd type veth peer name odd2", "address add 198.51.100.1/30 dev odd", "link set odd up",
                    "link set odd2 up",
                ]
            )
            let document = try trace(chain, "--interface", "odd", "--protocol", wire, "--count", "1", status: 1)
            #expect(document["verdict"]?["sentence"]?.asString == "odd has no route to \(chain.target).")
            #expect(document["hops"]?.asArray?.isEmpty == true)
        }

        @Test("IPv4 that is written as IPv6 is traced as IPv4")
        func mapped() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 2)
            defer { chain.remove() }
            let command = [try NetprobeBinary.path(), "path", "::ffff:\(chain.target)", "--count", "1", "--no-dns"]
            #expect(try Shell.finish(chain.first.command(command)).status == 0)
        }

        @Test(
            "stopped while it waits for a file that nobody writes, it ends with a document that says so",
            arguments: ["INT", "TERM"]
        )
        func waiting(signal: String) throws {
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            try Shell.run("mkfifo", "\(folder.path)/table")
            let command = ["timeout", "--preserve-status", "-k", "20", "-s", signal, "0.5", try NetprobeBinary.path()]
            let options = ["path", "127.0.0.1", "--output", "json", "--asn-table", "\(folder.path)/table"]
            let cut = try Shell.finish(command + options)
            #expect(cut.status == 130)
            let document = try JSONValue(parsing: cut.output)
            #expect(document["error"]?["message"]?.asString == "stopped before the trace began")
        }

        @Test(
            "what cannot be traced is told on standard error, and as one document with the exit status",
            arguments: ["icmp", "udp", "tcp"]
        )
        func refused(wire: String) throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 2)
            defer { chain.remove() }
            let command = [try NetprobeBinary.path(), "path", "--output", "json", "--no-dns", "--protocol", wire]
            for (arguments, status, text) in [
                ([chain.target, "--interface", "none0"], 65, "there is no interface none0"),
                ([chain.target, "--source", "10.9.9.9"], 65, "10.9.9.9 is no address of this host"),
                ([chain.target, "--max-hops", "0"], 64, "max-hops is 0; allowed: 1 to 255"),
                ([chain.target, "-6"], 64, "\(chain.target) is no IPv6 address"),
                (["no-such-host.invalid"], 69, "no-such-host.invalid: "),
            ] as [([String], Int32, String)] {
                let result = try Shell.finish(chain.first.command(command + arguments))
                #expect(result.status == status && result.errors.contains(text), "\(arguments) \(result.errors)")
                let document = try JSONValue(parsing: result.output)
                #expect(document["schema"]?.asInteger == 1)
                #expect(document["target"]?.asString == arguments[0])
                #expect(document["error"]?["exit_status"]?.asInteger == Int64(status))
                #expect(document["error"]?["message"]?.asString?.contains(text) == true, "\(result.output)")
            }
        }
    }
}
