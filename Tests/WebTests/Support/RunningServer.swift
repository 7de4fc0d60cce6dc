import Metering
import Model
import Testing
import Web

extension WebSource {
    /// Answers that tell which question was asked.
    static func sample(
        metrics: @escaping @Sendable (ExpositionFormat) async -> [UInt8] = {
            Array("metrics \($0.contentType)\n".utf8)
        },
        reload: @escaping @Sendable () async -> Result<Void, ReloadFailure> = { .success(()) },
        readiness: @escaping @Sendable () async -> Readiness = { .ready }
    ) -> WebSource {
        WebSource(
            about: { About(version: "1.2.3", site: "<seoul & \"co\">", vantage: "probe-'a'") },
            metrics: metrics,
            links: { ["links": [["name": "seoul-koreacentral"]]] },
            paths: { ["paths": []] },
            alerts: { ["alerts": []] },
            events: { ["events": []] },
            path: { target in
                switch target {
                case "busy": .failure(.init(.busy, "too many"))
                case "denied": .failure(.init(.denied, "not allowed", exitStatus: 64))
                case "bad": .failure(.init(.unusable, "no target", exitStatus: 69))
                case "u:hunter2@x": .failure(.init(.failed, "no privilege", exitStatus: 77))
                default: .success(["target": .string(target)])
                }
            },
            probe: { query in
                switch query.target {
                case "denied": .refused(status: 403, "not allowed")
                case _ where query.isDebugging: .debug("log")
                default: .metrics("\(query.target)|\(query.module)|\(query.hostname)|\(query.timeout ?? "-")\n")
                }
            },
            configuration: { "schema: 1\n" },
            reload: reload,
            readiness: readiness
        )
    }
}

/// A server on a free port of loopback for the time of `body`.
func withServer<Result: Sendable>(
    _ source: WebSource = .sample(),
    limits: WebLimits = WebLimits(),
    host: String = "127.0.0.1",
    _ body: (UInt16) async throws -> Result
) async throws -> Result {
    let (ports, continuation) = AsyncStream.makeStream(of: UInt16.self)
    let server = WebServer(listen: ListenAddress(host: host, port: 0), source: source, limits: limits) {
        continuation.yield($0.port)
    }
    let task = Task {
        defer { continuation.finish() }
        try await server.run()
    }
    defer { task.cancel() }
    guard let port = await ports.first(where: { _ in true }) else {
        try await task.value
        throw RawClient.Failed(description: "the server ended")
    }
    let result = try await body(port)
    task.cancel()
    try await task.value
    return result
}

/// One request on a connection of its own.
func ask(
    method: String = "GET",
    _ path: String,
    host: String = "127.0.0.1",
    port: UInt16,
    headers: [String] = [],
    body: String = ""
) throws -> RawAnswer {
    let client = try RawClient(host: host, port: port)
    var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: close"] + headers
    if !body.isEmpty || method == "POST" { lines.append("Content-Length: \(body.utf8.count)") }
    client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    return try RawAnswer(try #require(client.readToEnd(), "the server did not close"))
}
