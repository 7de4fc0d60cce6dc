import Glibc
import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("netprobe path: sizes without privilege, and of targets that limit what they answer")
    struct PathSizeTests {
        private static let unprivileged = [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
        ]

        private func size(_ chain: RouterChain, _ arguments: [String], prefix: [String] = []) throws -> JSONValue {
            let command = chain.first.command(
                prefix + [try NetprobeBinary.path(), "path", chain.target, "--mtu", "--no-dns", "--output", "json"]
                    + arguments
            )
            let result = try Shell.finish(command, within: .seconds(90))
            return try JSONValue(parsing: result.output)["mtu"] ?? .null
        }

        /// Six errors at once and one a second, as Linux has it by itself.
        private func limit(_ chain: RouterChain) throws {
            for ttl in 1...4 {
                try chain.namespace(ttl).run("sysctl", "-q", "-w", "net.ipv4.icmp_ratelimit=1000")
            }
        }

        @Test(
            "a target of UDP that may send one error a second has the size of its way, and is no black hole",
            arguments: [1, 5, 10]
        )
        func limited(count: Int) throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 4)
            defer { chain.remove() }
            try limit(chain)
            let mtu = try size(chain, ["--protocol", "udp", "--count", "\(count)"])
            #expect(mtu["bytes"]?.asInteger == 1500 && mtu["behaviour"]?.asString == "unlimited", "\(mtu.text())")
        }

        @Test("its narrow link is found, and whether somebody tells of it", arguments: [false, true])
        func limitedAndNarrow(isTold: Bool) throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 4)
            defer { chain.remove() }
            try limit(chain)
            if isTold {
                try LabNamespaces.configure(chain.namespace(2), ["link set far mtu 1400"])
            } else {
                try chain.namespace(2).run(
                    "nft",
                    "table inet fault { chain c { type filter hook forward priority 0; meta length > 1400 drop; }; }"
                )
            }
            let mtu = try size(chain, ["--protocol", "udp", "--count", "5"])
            #expect(mtu["bytes"]?.asInteger == 1400, "\(mtu.text())")
            #expect(mtu["behaviour"]?.asString == (isTold ? "reported" : "black_hole"), "\(mtu.text())")
            #expect(mtu["limit_ttl"]?.asInteger == 2, "\(mtu.text())")
        }

        @Test(
            "a packet is not held to be refused for what a router said of the one before",
            arguments: ["udp", "icmp"],
            [1492, 1400, 1280]
        )
        func earlierRefusal(by wire: String, size bytes: Int) throws {
            guard labIsPossible(), Requirement.met(.program("setpriv", package: "util-linux")) else { return }
            let chain = try RouterChain(hops: 3)
            defer { chain.remove() }
            try chain.first.run("sysctl", "-q", "-w", "net.ipv4.ping_group_range=0 2147483647")
            try LabNamespaces.configure(chain.namespace(1), ["link set far mtu \(bytes)"])
            let arguments = ["--protocol", wire, "--count", "3"]
            let mtu = try size(chain, arguments, prefix: Self.unprivileged)
            #expect(mtu["bytes"]?.asInteger == Int64(bytes), "\(mtu.text())")
            #expect(mtu["behaviour"]?.asString == "reported" && mtu["told_bytes"] ?? .null == .null, "\(mtu.text())")
            #expect(mtu["method"]?.asString == wire)
        }
    }
}
