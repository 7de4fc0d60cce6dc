import Model
import TestSupport
import Testing

/// Debian's prometheus-blackbox-exporter and netprobe with the same modules, asked the same.
final class BlackboxPair {
    let netprobe: RunningNetprobe
    private let oracle: Subprocess
    private let oraclePort: UInt16

    /// - Parameter modules: what stands below `modules:`, not indented.
    init(in folder: TemporaryFolder, modules: String, server: String = "") throws {
        let indented = modules.split(separator: "\n").map { "  \($0)\n" }.joined()
        let file = try folder.write("blackbox.yml", "modules:\n\(indented)")
        oraclePort = try TCP.freePort()
        oracle = try Subprocess([
            "prometheus-blackbox-exporter", "--config.file=\(file)", "--web.listen-address=127.0.0.1:\(oraclePort)",
        ])
        try Servers.waitUntilListening(on: oraclePort, oracle)
        let configuration = try folder.write(
            "netprobe.yml",
            "state_directory: \(folder.path)/state\nserver: {modules: \(file)\(server.isEmpty ? "" : ", \(server)")}\nprobes: [\"tcp://127.0.0.1:9\"]\n"
        )
        netprobe = try RunningNetprobe(["--config", configuration], port: try TCP.freePort())
        try netprobe.waitUntilReady()
    }

    func stop() {
        oracle.destroy()
        netprobe.process.destroy()
    }

    /// Runs a body with a pair, where there is an oracle.
    static func with(_ modules: String, in folder: TemporaryFolder, _ body: (BlackboxPair) throws -> Void) throws {
        guard Requirement.met(.program("prometheus-blackbox-exporter", package: "prometheus-blackbox-exporter")) else {
            return
        }
        let pair = try BlackboxPair(in: folder, modules: modules)
        defer { pair.stop() }
        try body(pair)
    }

    /// What both say to one question.
    struct Answers {
        let theirs: HTTPAnswer
        let ours: HTTPAnswer

        var metrics: Exposition { Exposition(ours.body) }

        /// Their lines and ours; of times without the value, for that differs.
        var lines: (theirs: [String], ours: [String]) { (Self.comparable(theirs.body), Self.comparable(ours.body)) }

        private static func comparable(_ text: String) -> [String] {
            text.split(separator: "\n").map { line in
                let isTime = !line.hasPrefix("#") && (line.contains("duration_seconds") || line.contains("lookup_time"))
                guard isTime, let space = line.lastIndex(of: " ") else { return String(line) }
                return String(line[..<space])
            }
        }
    }

    func ask(_ query: String, headers: [String: String] = [:]) throws -> Answers {
        let path = "/probe?\(query)"
        return Answers(
            theirs: try HTTP.get(path, port: oraclePort, headers: headers),
            ours: try netprobe.get(path, headers: headers)
        )
    }

    /// Both must say the same.
    /// - Returns: the metrics.
    @discardableResult
    func same(_ query: String, headers: [String: String] = [:], _ location: SourceLocation = #_sourceLocation) throws
        -> Exposition
    {
        let answers = try ask(query, headers: headers)
        #expect(answers.ours.status == answers.theirs.status, "\(query)", sourceLocation: location)
        let (theirs, ours) = answers.lines
        let missing = theirs.filter { !ours.contains($0) }, surplus = ours.filter { !theirs.contains($0) }
        #expect(theirs == ours, "\(query): missing \(missing), surplus \(surplus)", sourceLocation: location)
        return answers.metrics
    }
}
