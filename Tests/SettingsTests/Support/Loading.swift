import Document
import Glibc
import Settings
import TestSupport
import Testing

/// A result whose diagnostics name files as they were written, without the folder of the test.
struct Loaded {
    var result: LoadResult
    var lines: [String]

    var errors: [String] { lines.filter { $0.contains(": error: ") } }
    var warnings: [String] { lines.filter { $0.contains(": warning: ") } }

    /// The configuration; the test fails with the diagnostics where there is none.
    func configuration(sourceLocation: SourceLocation = #_sourceLocation) throws -> Configuration {
        try #require(result.configuration, "\(lines.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }
}

/// Loads `text` as `netprobe.yml`, with other files beside it.
func load(
    _ text: String,
    files: [String: String] = [:],
    environment: [String: String] = [:],
    host: TestHost = TestHost()
) throws -> Loaded {
    try load(bytes: Array(text.utf8), files: files, environment: environment, host: host)
}

func load(
    bytes: [UInt8],
    files: [String: String] = [:],
    environment: [String: String] = [:],
    host: TestHost = TestHost()
) throws -> Loaded {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    for (name, text) in files { try folder.write(name, text) }
    let path = "\(folder.path)/netprobe.yml"
    let file = try #require(fopen(path, "wb"))
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    return load(path: path, folder: folder.path, environment: environment, host: host)
}

func load(path: String, folder: String, environment: [String: String], host: TestHost) -> Loaded {
    let result = Configuration.load(path: path, environment: environment, host: host)
    let lines = result.diagnostics.map {
        $0.description.split(separator: "\(folder)/", omittingEmptySubsequences: false).joined()
    }
    return Loaded(result: result, lines: lines)
}

/// Two circuits, a VPN and a link that are well: what a test of something else needs around it.
enum Sample {
    static let paths = """
        circuits:
          er: {primary: {subnet: 172.16.0.0/30}, secondary: {subnet: 172.16.0.4/30}}
          ms: {peering: microsoft, primary: {subnet: 172.16.1.0/30}, secondary: {subnet: 172.16.1.4/30}}
        vpns:
          vpn: {gateways: [20.41.0.10], edge: [icmp://10.1.255.30]}

        """

    /// The environment that full.yml asks for; every value is a secret that must not be shown.
    static let environment = [
        "PROXY_PASSWORD": "hunter2-proxy", "AM_PASSWORD": "hunter2-am", "AM_TOKEN": "hunter2-token",
        "HOOK_KEY": "hunter2-hook", "ROUTING_KEY": "hunter2-routing",
        "SLACK_URL": "https://hooks.slack.com/services/T0/B0/hunter2-slack",
    ]

    static var fullFolder: String { "\(Repository.root)/Tests/Golden/configuration" }

    static func full(host: TestHost = TestHost()) -> Loaded {
        load(path: "\(fullFolder)/full.yml", folder: fullFolder, environment: environment, host: host)
    }
}
