import Glibc
import Model

/// `netprobe serve`, started and asked over its HTTP interface.
public final class RunningNetprobe: Sendable {
    public let process: Subprocess
    public let port: UInt16
    private let namespace: Namespace?

    /// Starts it without waiting for anything.
    /// - Parameters:
    ///   - address: what it listens on; asked over 127.0.0.1.
    ///   - wrapper: a command that runs the rest of its arguments (setpriv, unshare …).
    ///   - arguments: after `serve`.
    public init(
        _ arguments: [String],
        inside namespace: Namespace? = nil,
        address: String = "127.0.0.1",
        port: UInt16 = 9719,
        wrapper: [String] = []
    ) throws {
        let command = wrapper + [try NetprobeBinary.path(), "serve", "--listen", "\(address):\(port)"] + arguments
        process = try Subprocess(namespace?.command(command) ?? command)
        self.namespace = namespace
        self.port = port
    }

    /// Diagnostics, wherever they are written.
    public var log: String { process.errors + process.output }

    public func get(_ path: String, headers: [String: String] = [:]) throws -> HTTPAnswer {
        try HTTP.get(path, port: port, headers: headers, inside: namespace)
    }

    public func post(_ path: String) throws -> HTTPAnswer {
        try HTTP.request("POST", path, port: port, inside: namespace)
    }

    public func metrics() throws -> Exposition {
        Exposition(try get("/metrics").body)
    }

    /// Waits until it answers that it is ready; throws with its log when it ends before.
    public func waitUntilReady(within limit: Duration = .seconds(10)) throws {
        try eventually("netprobe is ready", within: limit) {
            if let ending = process.ending { throw Ended(description: "netprobe ended: \(ending)\n\(log)") }
            return (try? get("/-/ready"))?.status == 200 ? true : nil
        }
    }

    public struct Ended: Error, CustomStringConvertible {
        public let description: String
    }

    /// Waits until `condition` holds of the metrics.
    @discardableResult
    public func waitUntil(
        _ what: String,
        within limit: Duration = .seconds(5),
        _ condition: (Exposition) -> Bool
    ) throws -> Exposition {
        try eventually(what, within: limit) {
            let metrics = try metrics()
            return condition(metrics) ? metrics : nil
        }
    }

    /// Waits for that state of the lab's link.
    @discardableResult
    public func waitUntilLink(is state: String, within limit: Duration = .seconds(8)) throws -> Exposition {
        do {
            return try waitUntil("the link is \(state)", within: limit) { $0.linkState == state }
        } catch is TimedOut {
            let now = try metrics()
            throw TimedOut("the link is \(state), it is \(now.linkState ?? "-"), paths \(now.pathStates)", after: limit)
        }
    }
}

extension Exposition {
    /// The state of the only link.
    public var linkState: String? {
        all("netprobe_link_state").first { $0.value == 1 }?.labels["state"]
    }

    /// The state of each path of the link.
    public var pathStates: [String: String] {
        let current = all("netprobe_path_state").filter { $0.value == 1 }
        return Dictionary(current.map { ($0.labels["path"] ?? "", $0.labels["state"] ?? "") }) { first, _ in first }
    }

    public func pathState(_ path: String) -> String? { pathStates[path] }

    /// Paths of the active set.
    public var activePaths: Set<String> {
        Set(all("netprobe_link_path_active").filter { $0.value == 1 }.compactMap { $0.labels["path"] })
    }
}
