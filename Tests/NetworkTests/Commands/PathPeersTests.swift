import Model
import TestSupport
import Testing

extension NetworkTests {
    /// Beside the path tools of Debian, on one lab and in one run.
    @Suite("netprobe path beside its peers")
    struct PathPeersTests {
        private struct Hop: Equatable {
            var address: String
            var milliseconds: Double
        }

        private static let hops = 5

        @Test("mtr, traceroute, tracepath and scamper see the same hops, and the same times within 200 µs")
        func peers() throws {
            guard labIsPossible(),
                Requirement.met(
                    .program("mtr", package: "mtr-tiny"),
                    .program("traceroute", package: "traceroute"),
                    .program("tracepath", package: "iputils-tracepath"),
                    .program("scamper", package: "scamper")
                )
            else { return }
            let chain = try RouterChain(hops: Self.hops)
            defer { chain.remove() }
            let ours = try netprobe(chain)
            #expect(ours.map(\.address) == chain.addresses)
            let peers = [("mtr", mtr), ("traceroute", traceroute), ("tracepath", tracepath), ("scamper", scamper)]
            for (name, trace) in peers {
                let hops = try best(of: 3) { try trace(chain) }
                #expect(hops.map(\.address) == ours.map(\.address), "\(name)")
                for (own, theirs) in zip(ours, hops) {
                    #expect(abs(own.milliseconds - theirs.milliseconds) < 0.2, "\(name) \(own) \(theirs)")
                }
            }
        }

        /// Some ask once for each hop, and an answer may wait for a busy processor: the least of several runs, as ours is of
        /// several rounds.
        private func best(of runs: Int, _ trace: () throws -> [Hop]) throws -> [Hop] {
            var best = try trace()
            for _ in 1..<runs {
                let next = try trace()
                guard next.map(\.address) == best.map(\.address) else { return next }
                for index in best.indices {
                    best[index].milliseconds = min(best[index].milliseconds, next[index].milliseconds)
                }
            }
            return best
        }

        private func run(_ chain: RouterChain, _ command: [String]) throws -> String {
            try Shell.finish(chain.first.command(command), within: .seconds(60)).output
        }

        private func netprobe(_ chain: RouterChain) throws -> [Hop] {
            let command = [try NetprobeBinary.path(), "path", chain.target, "--no-dns", "--output", "json"]
            let hops = try JSONValue(parsing: run(chain, command))["hops"]?.asArray ?? []
            return hops.map { hop in
                Hop(
                    address: hop["responders"]?.asArray?.first?["address"]?.asString ?? "*",
                    milliseconds: Double(hop["best_ns"]?.asInteger ?? -1) / 1e6
                )
            }
        }

        private func mtr(_ chain: RouterChain) throws -> [Hop] {
            let output = try run(chain, ["mtr", "-n", "-C", "-c", "3", "-i", "0.3", chain.target])
            return output.split(separator: "\n").dropFirst().compactMap { line in
                let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                guard fields.count > 11, let best = Double(fields[11]) else { return nil }
                return Hop(address: fields[5], milliseconds: best)
            }
        }

        /// Lines such as ` 2  10.8.1.2  0.052 ms`.
        private func hops(in output: String) -> [Hop] {
            output.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ").map(String.init)
                guard words.count >= 4, Int(words[0]) != nil, words[1].hasPrefix("10.8."),
                    let time = words.dropFirst(2).compactMap({ Double($0) }).min()
                else { return nil }
                return Hop(address: words[1], milliseconds: time)
            }
        }

        private func traceroute(_ chain: RouterChain) throws -> [Hop] {
            hops(in: try run(chain, ["traceroute", "-n", "-I", "-N", "1", chain.target]))
        }

        private func scamper(_ chain: RouterChain) throws -> [Hop] {
            hops(in: try run(chain, ["scamper", "-I", "trace -P icmp-paris \(chain.target)"]))
        }

        /// Lines such as ` 2:  10.8.1.2    0.033ms `; the first hop comes twice.
        private func tracepath(_ chain: RouterChain) throws -> [Hop] {
            var hops: [Hop] = []
            for line in try run(chain, ["tracepath", "-n", chain.target]).split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                guard words.count >= 3, words[0].hasSuffix(":"), words[1].hasPrefix("10.8."), words[2].hasSuffix("ms"),
                    let time = Double(words[2].dropLast(2))
                else { continue }
                let hop = Hop(address: words[1], milliseconds: time)
                if hops.last?.address == hop.address { hops.removeLast() }
                hops.append(hop)
            }
            return hops
        }
    }
}
