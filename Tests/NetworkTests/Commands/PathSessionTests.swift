import Glibc
import Model
import TestSupport
import Testing

extension NetworkTests {
    /// Targets and firewalls that know a connection otherwise than an ordinary host does.
    @Suite("netprobe path: sessions that name no bytes")
    struct PathSessionTests {
        private static let port: UInt16 = 7443

        private func trace(_ lab: ParallelRouters, _ arguments: [String] = []) throws -> JSONValue {
            let url = "tcp://\(ParallelRouters.address):\(Self.port)"
            let result = try lab.path([url, "--in-session", "--count", "4"] + arguments)
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            return try JSONValue(parsing: result.output)
        }

        @Test(
            "behind a firewall that answers SYNs itself (SYN proxy) the target is reached, with its own distance and times"
        )
        func synProxy() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let listener = try lab.target.inside { try TCP.listen(on: "0.0.0.0", port: Self.port) }
            defer { close(listener) }
            // Else the end of the handshake, whose SYN is not tracked, would pass as part of an old connection.
            try lab.split.run("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0")
            let rules = """
                table inet proxy {
                    chain early {
                        type filter hook prerouting priority raw;
                        tcp dport \(Self.port) tcp flags syn notrack
                    }
                    chain through {
                        type filter hook forward priority 0;
                        tcp dport \(Self.port) ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
                    }
                }

                """
            try lab.split.run("nft", "-f", "-", input: rules)
            // One SYN keeps the next one waiting: the acknowledgement has a later timestamp than its SYN.
            try lab.host.run(
                "tc",
                "-batch",
                "-",
                input: "qdisc add dev far root tbf rate 200kbit burst 120 latency 2s\n"
            )
            let document = try trace(lab, ["--flows", "3"])
            #expect(document["result"]?["hops"]?.asInteger == 4 && document["result"]?["answer"]?.asString == "ack")
            #expect(document["result"]?["received"]?.asInteger == 12, "\(document.text())")
            #expect(document["result"]?["avg_ns"]?.asInteger != nil, "\(document.text())")
            #expect(document["blind_to"]?.asArray == [])
        }

        @Test(
            "a target that sends no D-SACK, or waits for data (TCP_DEFER_ACCEPT), is reached, and what that hides is said"
        )
        func namelessTarget() throws {
            guard labIsPossible() else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let listener = try lab.target.inside { try TCP.listen(on: "0.0.0.0", port: Self.port) }
            defer { close(listener) }
            var seconds: Int32 = 30
            let status = setsockopt(
                listener,
                Int32(IPPROTO_TCP),
                TCP_DEFER_ACCEPT,
                &seconds,
                socklen_t(MemoryLayout<Int32>.size)
            )
            try #require(status == 0)
            for isDeferred in [true, false] {
                if !isDeferred {
                    seconds = 0
                    setsockopt(
                        listener,
                        Int32(IPPROTO_TCP),
                        TCP_DEFER_ACCEPT,
                        &seconds,
                        socklen_t(MemoryLayout<Int32>.size)
                    )
                    try lab.target.run("sysctl", "-qw", "net.ipv4.tcp_dsack=0")
                }
                let document = try trace(lab, ["--mtu"])
                #expect(document["result"]?["hops"]?.asInteger == 4, "\(document.text())")
                #expect(document["result"]?["sent"] == document["result"]?["received"], "\(document.text())")
                #expect(document["blind_to"]?.asArray?.first?.asString?.contains("name no bytes") == true)
                #expect(document["mtu"]?["bytes"]?.asInteger == 1500 && document["mtu"]?["method"]?.asString == "icmp")
            }
        }
    }
}
