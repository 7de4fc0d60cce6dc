public import Model
public import TestSupport

/// Debian's Prometheus in a namespace, which scrapes netprobe each second: what it has stored is what others see.
public final class Prometheus: Sendable {
    private let namespace: Namespace
    private let folder: TemporaryFolder
    private let process: Subprocess
    private static let port: UInt16 = 9090

    /// As most sites run it: a probe each 15 s, an alert when it failed for a minute.
    public static let slow = """
        global: {scrape_interval: 15s, evaluation_interval: 15s}
        rule_files: [rules.yml]
        alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:9093"]}]}]}
        scrape_configs:
          - job_name: blackbox
            metrics_path: /probe
            params: {module: [icmp], target: [10.1.0.4]}
            static_configs: [{targets: ["127.0.0.1:9115"]}]

        """

    /// netprobe each second, wherever it stands: on the probe host or on the customer edge.
    public static let quick = """
        global: {scrape_interval: 1s, scrape_timeout: 900ms}
        scrape_configs:
          - job_name: netprobe
            static_configs: [{targets: ["127.0.0.1:9719", "10.0.0.1:9719"]}]

        """

    public init(inside namespace: Namespace, configuration: String = quick, rules: String = "groups: []\n") throws {
        self.namespace = namespace
        folder = try TemporaryFolder()
        try folder.write("rules.yml", rules)
        let file = try folder.write("prometheus.yml", configuration)
        process = try Subprocess(
            namespace.command([
                "prometheus", "--config.file=\(file)", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(Self.port)", "--log.level=warn",
            ])
        )
        try eventually("Prometheus is ready", within: .seconds(30)) { () throws -> Bool? in
            (try? HTTP.get("/-/ready", port: Self.port, inside: namespace))?.status == 200 ? true : nil
        }
    }

    /// The value of each series of an instant query, by its labels.
    public func query(_ expression: String) throws -> [(labels: [String: String], value: Double)] {
        try results(expression).compactMap { labels, result in
            guard let text = result["value"]?.asArray?.last?.asString, let value = Double(text) else { return nil }
            return (labels, value)
        }
    }

    /// Every sample that was stored of each series in the last seconds.
    public func samples(of selector: String, last seconds: Int) throws
        -> [(labels: [String: String], samples: [(at: WallTime, value: Double)])]
    {
        try results("\(selector)[\(seconds)s]").map { labels, result in
            let samples = (result["values"]?.asArray ?? []).compactMap { pair -> (at: WallTime, value: Double)? in
                guard let pair = pair.asArray, pair.count == 2, let time = pair[0].asDouble,
                    let value = pair[1].asString.flatMap({ Double($0) })
                else { return nil }
                return (WallTime(nanoseconds: Int64(time * 1e9)), value)
            }
            return (labels, samples)
        }
    }

    private func results(_ expression: String) throws -> [([String: String], JSONValue)] {
        let allowed = expression.utf8.map { byte -> String in
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
            return isPlain ? String(decoding: [byte], as: UTF8.self) : "%" + Self.hexadecimal(byte)
        }.joined()
        let answer = try HTTP.get("/api/v1/query?query=\(allowed)", port: Self.port, inside: namespace)
        let results = try JSONValue(parsing: answer.body)["data"]?["result"]?.asArray ?? []
        return results.map { result in
            let labels = (result["metric"]?.asObject ?? []).map { ($0.0, $0.1.asString ?? "") }
            return (Dictionary(labels) { first, _ in first }, result)
        }
    }

    public func end() {
        process.destroy()
        folder.remove()
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return text.count == 1 ? "0\(text)" : text
    }
}
