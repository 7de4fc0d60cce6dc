import Glibc
import Model
import TestSupport
import Testing

extension NetworkTests {
    /// What a target of UDP leaves unanswered is its limit or loss.
    @Suite("netprobe path: silence of a target of UDP")
    struct PathSilenceTests {
        private func trace(
            _ chain: RouterChain,
            _ arguments: String...,
            before: String = ":",
            status: Int32
        ) throws -> JSONValue {
            let command = chain.first.command(
                [try NetprobeBinary.path(), "path", chain.target, "--no-dns", "--output", "json"] + arguments
            )
            let script = "\(before)\n\(command.joined(separator: " ")); status=$?; wait; exit $status"
            let result = try Shell.finish(["bash", "-c", script], within: .seconds(60))
            #expect(result.status == status, "\(result.output)\(result.errors)")
            return try JSONValue(parsing: result.output)
        }

        private func evidence(_ document: JSONValue) -> String {
            (document["verdict"]?["evidence"]?.asArray ?? []).compactMap(\.asString).joined(separator: "; ")
        }

        @Test(
            "an outage that begins during the trace is no limit of the target: the routers behind its place fall silent too"
        )
        func outage() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 5)
            defer { chain.remove() }
            let rule = "table inet fault { chain c { type filter hook forward priority 0; drop; }; }"
            let nft = chain.namespace(2).command(["nft", "'\(rule)'"]).joined(separator: " ")
            let document = try trace(
                chain,
                "--protocol",
                "udp",
                "--interval",
                "400ms",
                before: "(sleep 1.2; \(nft)) &",
                status: 1
            )
            let sentence = document["verdict"]?["sentence"]?.asString ?? ""
            #expect(sentence.hasSuffix(" of 10 probes were lost."), "\(document.text())")
            #expect(evidence(document).hasPrefix("hop 2 (10.8.1.2) still answers, nothing"), "\(document.text())")
        }

        @Test("a target that limits its errors behind routers that answer on is rate-limited")
        func limit() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 4)
            defer { chain.remove() }
            try chain.last.run("sysctl", "-q", "-w", "net.ipv4.icmp_ratelimit=1000")
            let document = try trace(chain, "--protocol", "udp", "--count", "15", status: 0)
            #expect(evidence(document).hasPrefix("rate-limited: "), "\(document.text())")
            #expect(document["hops"]?.asArray?.last?["rate_limited"]?.asBool == true)
            #expect(document["result"]?["loss_ratio"] == .null)
        }

        @Test("without a router before it, it may be its limit or loss, and neither is stated")
        func neighbour() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 1)
            defer { chain.remove() }
            try chain.last.run("sysctl", "-q", "-w", "net.ipv4.icmp_ratelimit=1000")
            let document = try trace(chain, "--protocol", "udp", "--count", "15", status: 0)
            #expect(evidence(document).contains("may be its limit of ICMP errors, or loss"), "\(document.text())")
            #expect(document["result"]?["loss_ratio"] == .null)
        }

        @Test("without ping sockets too, sizes of a TCP trace are found, by UDP, and that is said")
        func sizesByUDP() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 3)
            defer { chain.remove() }
            try chain.first.run("sysctl", "-q", "-w", "net.ipv4.ping_group_range=1 0")
            let command = chain.first.command(
                ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]
                    + [try NetprobeBinary.path(), "path", chain.target, "--protocol", "tcp", "--mtu", "--count", "2"]
                    + ["--no-dns", "--output", "json"]
            )
            let result = try Shell.finish(command)
            let document = try JSONValue(parsing: result.output)
            #expect(document["mtu"]?["bytes"]?.asInteger == 1500, "\(result.output)")
            #expect(document["mtu"]?["method"]?.asString == "udp")
            let blind = (document["blind_to"]?.asArray ?? []).compactMap(\.asString)
            #expect(blind.contains { $0.hasPrefix("sizes were tried by UDP") }, "\(blind)")
        }
    }
}
