import Glibc
import Model
import TestSupport
import Testing

extension NetworkTests {
    @Suite("netprobe capture on an interface")
    struct CaptureCommandTests {
        private static var canRun: Bool { labIsPossible() && Requirement.met(.program("fping", package: "fping")) }

        /// Captures beside a ping to the neighbour until samples are there, does `what`, and gives what was said until the end.
        private func capture(
            _ arguments: [String] = [],
            _ what: (RouterChain, Subprocess) throws -> Void
        ) throws -> (ending: Subprocess.Ending, output: String, errors: String) {
            let chain = try RouterChain(hops: 1)
            defer { chain.remove() }
            let ping = try Subprocess(chain.first.command(["fping", "-l", "-q", "-p", "20", chain.target]))
            defer { ping.destroy() }
            let command = [try NetprobeBinary.path(), "capture", "far", "--output", "json"] + arguments
            let netprobe = try Subprocess(chain.first.command(command))
            defer { netprobe.destroy() }
            try eventually("packets go by") {
                try chain.first.run("cat", "/proc/net/packet").split(separator: "\n").count > 1 ? true : nil
            }
            Thread.sleep(.milliseconds(500))
            try what(chain, netprobe)
            let ending = try netprobe.waitForEnd()
            return (ending, netprobe.output, netprobe.errors)
        }

        private func packets(_ text: String) throws -> Int64 {
            let document = try JSONValue(parsing: text)
            return try #require(document["packets"]?.asInteger, "\(text)")
        }

        @Test("Ctrl-C prints what there is, and is a good end", arguments: [SIGINT, SIGTERM])
        func interrupted(signal: Int32) throws {
            guard Self.canRun else { return }
            let result = try capture { _, netprobe in netprobe.signal(signal) }
            #expect(result.ending == .exited(0), "\(result.errors)")
            #expect(try packets(result.output) > 10 && result.output.contains("10.8.0.2"))
        }

        @Test("an interface that is set down or taken away ends it with 69 and a line; what was read is printed")
        func gone() throws {
            guard Self.canRun else { return }
            for command in [["set", "far", "down"], ["delete", "far"]] {
                let result = try capture { chain, _ in try Shell.run(chain.first.command(["ip", "link"] + command)) }
                #expect(result.ending == .exited(69), "\(command): \(result.errors)")
                #expect(result.errors.contains("netprobe capture: far: "), "\(result.errors)")
                #expect(try packets(result.output) > 10)
            }
        }

        @Test("--duration ends it, and --filter keeps the rest out")
        func limited() throws {
            guard Self.canRun else { return }
            let result = try capture(["--duration", "1s", "--filter", "udp"]) { _, _ in }
            #expect(result.ending == .exited(0), "\(result.errors)")
            #expect(try packets(result.output) == 0)
        }

        @Test("an interface that is down from the start is 69, and nothing is printed as if it were seen")
        func down() throws {
            guard labIsPossible() else { return }
            let chain = try RouterChain(hops: 1)
            defer { chain.remove() }
            try chain.first.run("ip", "link", "set", "far", "down")
            let command = [try NetprobeBinary.path(), "capture", "far", "--duration", "1s"]
            let result = try Shell.finish(chain.first.command(command))
            #expect(result.status == 69 && result.errors.contains("far"), "\(result.output)\(result.errors)")
        }
    }
}
