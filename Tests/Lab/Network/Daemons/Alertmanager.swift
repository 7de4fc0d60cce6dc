public import Model
public import TestSupport

/// Debian's Alertmanager in a namespace; what it tells a webhook is caught by `AlertReceiver`.
public final class Alertmanager: Sendable {
    private let namespace: Namespace
    private let folder: TemporaryFolder
    private let arguments: [String]
    private let port: UInt16
    public let process: Subprocess

    /// - Parameter webhook: a port of 127.0.0.1 that is told of every group; nil: nobody.
    public init(inside namespace: Namespace, port: UInt16, webhook: UInt16? = nil) throws {
        (self.namespace, self.port) = (namespace, port)
        folder = try TemporaryFolder()
        let receiver = webhook.map { ", webhook_configs: [{url: 'http://127.0.0.1:\($0)/hook', send_resolved: true}]" }
        let file = try folder.write(
            "alertmanager.yml",
            """
            route: {receiver: all, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
            receivers: [{name: all\(receiver ?? "")}]

            """
        )
        arguments = namespace.command([
            "prometheus-alertmanager", "--config.file=\(file)", "--cluster.listen-address=",
            "--storage.path=\(folder.path)/data", "--web.listen-address=127.0.0.1:\(port)",
        ])
        process = try Subprocess(arguments)
        try waitUntilReady()
    }

    private func waitUntilReady() throws {
        try eventually("Alertmanager is ready", within: .seconds(20)) { () throws -> Bool? in
            (try? get("/-/ready"))?.status == 200 ? true : nil
        }
    }

    public func get(_ path: String) throws -> HTTPAnswer {
        try HTTP.get(path, port: port, inside: namespace)
    }

    /// The alerts that its API shows as active.
    public func active() throws -> [JSONValue] {
        let alerts = try JSONValue(parsing: get("/api/v2/alerts").body).asArray ?? []
        return alerts.filter { $0["status"]?["state"]?.asString == "active" }
    }

    public func names() throws -> Set<String> {
        Set(try active().compactMap { $0["labels"]?["alertname"]?.asString })
    }

    /// When its API first shows an alert of that name, asked each 5 ms.
    public func waitUntilActive(_ name: String, within limit: Duration = .seconds(10)) throws -> MonotonicTime {
        try eventually("Alertmanager shows \(name)", within: limit, every: .milliseconds(5)) {
            () throws -> MonotonicTime? in
            try names().contains(name) ? Clock.now : nil
        }
    }

    public func waitUntilGone(_ name: String, within limit: Duration = .seconds(30)) throws {
        try eventually("Alertmanager shows \(name) no more", within: limit) { () throws -> Bool? in
            try names().contains(name) ? nil : true
        }
    }

    public func end() {
        process.destroy()
        folder.remove()
    }
}
