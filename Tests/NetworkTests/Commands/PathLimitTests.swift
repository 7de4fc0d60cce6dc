import Glibc
import Model
import TestSupport
import Testing

extension NetworkTests {
    /// What the target gets, as its own interface sees it.
    @Suite("netprobe path: packets to one responder")
    struct PathLimitTests {
        /// Times of the packets to the target in seconds after the first one, and what netprobe printed.
        private func capture(_ lab: ParallelRouters, _ arguments: [String]) throws -> (times: [Double], Shell.Finished)
        {
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let file = "\(folder.path)/target.pcap"
            let dumpcap = lab.target.command([
                "dumpcap", "-q", "-P", "-i", "near", "-f", "'dst host \(ParallelRouters.address)'", "-w", file,
            ])
            let netprobe = lab.host.command(
                [try NetprobeBinary.path(), "path"] + arguments + ["--no-dns", "--output", "json"]
            )
            // It listens once the file has its header.
            let script = """
                chmod 777 \(folder.path); \(dumpcap.joined(separator: " ")) 2>/dev/null & capture=$!
                while [ ! -s \(file) ]; do sleep 0.1; done; sleep 0.3
                \(netprobe.joined(separator: " ")); status=$?
                sleep 0.3; kill -INT $capture; wait $capture 2>/dev/null; exit $status
                """
            let result = try Shell.finish(["bash", "-c", script], within: .seconds(60))
            return (try Self.times(in: Self.read(file)), result)
        }

        private static func read(_ path: String) throws -> [UInt8] {
            let descriptor = open(path, O_RDONLY)
            try #require(descriptor >= 0, "\(path)")
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return bytes }
                bytes += buffer.prefix(count)
            }
        }

        /// Of a pcap file of this machine's byte order, in microseconds.
        private static func times(in bytes: [UInt8]) throws -> [Double] {
            func word(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << ($1 * 8) } }
            try #require(bytes.count >= 24 && word(0) == 0xA1B2_C3D4)
            var times: [Double] = []
            var offset = 24
            while offset + 16 <= bytes.count {
                times.append(Double(word(offset)) + Double(word(offset + 4)) / 1e6)
                offset += 16 + word(offset + 8)
            }
            return times.map { $0 - (times.first ?? 0) }
        }

        @Test(
            "after the first round no second holds more than twenty, connections, resets and sizes included",
            arguments: [
                ["--in-session", "--flows", "8", "--mtu"], ["--in-session", "--flows", "auto", "--mtu"],
                ["--in-session", "--count", "30", "--interval", "10ms"], ["--flows", "8", "--count", "4"],
                ["--count", "30", "--interval", "10ms", "--mtu"],
            ]
        )
        func twenty(arguments: [String]) throws {
            guard labIsPossible(), Requirement.met(.program("dumpcap", package: "wireshark-common")) else { return }
            let lab = try ParallelRouters()
            defer { lab.remove() }
            let listener = try lab.target.inside { try TCP.listen(on: "0.0.0.0", port: 7443) }
            defer { close(listener) }
            let (times, result) = try capture(lab, ["tcp://\(ParallelRouters.address):7443"] + arguments)
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            let later = times.filter { $0 > 0.1 }
            #expect(later.count > 15)
            for (early, late) in zip(later, later.dropFirst(20)) {
                #expect(late - early >= 1, "\(arguments): 21 packets from \(early) to \(late)")
            }
        }
    }
}
