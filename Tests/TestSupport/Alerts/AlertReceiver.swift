import Glibc
import Model
import Synchronization

/// Speaks Alertmanager's `POST /api/v2/alerts` and records what arrives and when; also what Alertmanager posts to a webhook.
public final class AlertReceiver: Sendable {
    public enum Behaviour: Sendable {
        /// Takes everything: 200.
        case accept
        /// Takes nothing: this status.
        case fail(Int)
        /// Answers 400 to a batch and keeps nothing of it; an alert that comes alone is taken.
        case refuseBatches
        /// Spoils the alerts of that name: the Alertmanager behind it takes the others of the batch and answers 400, as this
        /// one does where none is behind it.
        case refusePart(String)
        /// Reads and never answers.
        case hang
        /// Takes everything after this long.
        case delay(Duration)

        fileprivate func spoils(_ alert: String) -> Bool {
            if case .refusePart(alert) = self { true } else { false }
        }

        fileprivate var keeps: Bool {
            switch self {
            case .accept, .delay, .refusePart: true
            case .refuseBatches, .fail, .hang: false
            }
        }
    }

    private struct State {
        var behaviour: Behaviour
        var alerts: [ReceivedAlert] = []
        var requests = 0
        var refusedBatches = 0
        var refused: [ReceivedAlert] = []
        var malformed: [String] = []
        var connections: Set<Int32> = []
        var isStopped = false
    }

    public let port: UInt16
    private let listener: Int32
    private let namespace: Namespace?
    private let next: UInt16?
    private let state: Mutex<State>

    /// Listens at once, inside `namespace` where one is given.
    /// - Parameter next: port of an Alertmanager there that is given everything that this one takes, before it answers.
    public init(
        inside namespace: Namespace? = nil,
        address: String = "127.0.0.1",
        port: UInt16 = 0,
        behaviour: Behaviour = .accept,
        next: UInt16? = nil
    ) throws {
        (self.namespace, self.next) = (namespace, next)
        let listen: @Sendable () throws -> Int32 = { try TCP.listen(on: address, port: port) }
        let listener = try namespace?.inside(listen) ?? listen()
        self.listener = listener
        self.port = TCP.port(of: listener)
        state = Mutex(State(behaviour: behaviour))
        Thread.detach { self.acceptAll() }
    }

    public var behaviour: Behaviour {
        get { state.withLock { $0.behaviour } }
        set { state.withLock { $0.behaviour = newValue } }
    }

    /// Everything accepted, in the order of arrival, repetitions too.
    public var alerts: [ReceivedAlert] { state.withLock { $0.alerts } }
    /// Requests that arrived whole, whatever was answered.
    public var requests: Int { state.withLock { $0.requests } }
    /// Batches of several alerts that were answered 400.
    public var refusedBatches: Int { state.withLock { $0.refusedBatches } }
    /// What was refused out of a batch, or alone, each time that it came.
    public var refused: [ReceivedAlert] { state.withLock { $0.refused } }
    /// What was no such request, and why.
    public var malformed: [String] { state.withLock { $0.malformed } }

    /// Names that are firing now: seen, and not resolved since.
    public var firing: Set<String> {
        var last: [[String: String]: ReceivedAlert] = [:]
        for alert in alerts { last[alert.labels] = alert }
        return Set(last.values.filter { !$0.isResolved }.map(\.name))
    }

    /// Names that ever fired.
    public var everFired: Set<String> { Set(alerts.filter { !$0.isResolved }.map(\.name)) }

    /// Names that ever fired, but for what netprobe says of itself on a busy host.
    public var everFiredOfNetwork: Set<String> { everFired.subtracting(["Overloaded", "StateNotPersisted"]) }

    /// The first firing alert of that name and those labels, waited for.
    @discardableResult
    public func firing(
        _ name: String,
        _ labels: [String: String] = [:],
        within limit: Duration = .seconds(5)
    ) throws -> ReceivedAlert {
        try wait(name, labels, isResolved: false, within: limit)
    }

    /// The first resolved alert of that name and those labels, waited for.
    @discardableResult
    public func resolved(
        _ name: String,
        _ labels: [String: String] = [:],
        within limit: Duration = .seconds(5)
    ) throws -> ReceivedAlert {
        try wait(name, labels, isResolved: true, within: limit)
    }

    /// Closes everything; peers see their connections end.
    public func stop() {
        let connections = state.withLock { state in
            state.isStopped = true
            return state.connections
        }
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
        close(listener)
    }

    private func wait(
        _ name: String,
        _ labels: [String: String],
        isResolved: Bool,
        within limit: Duration
    ) throws -> ReceivedAlert {
        let what = "\(name) \(labels) \(isResolved ? "resolved" : "firing") at the receiver"
        do {
            return try eventually(what, within: limit, every: .milliseconds(2)) {
                alerts.first { alert in
                    alert.name == name && alert.isResolved == isResolved
                        && labels.allSatisfy { alert.labels[$0.key] == $0.value }
                }
            }
        } catch is TimedOut {
            throw TimedOut("\(what); came: \(everFired.sorted()), firing now: \(firing.sorted())", after: limit)
        }
    }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            let isStopped = state.withLock { state in
                state.connections.insert(connection)
                return state.isStopped
            }
            if isStopped {
                close(connection)
                return
            }
            Thread.detach { self.serve(connection) }
        }
    }

    private func serve(_ connection: Int32) {
        defer {
            _ = state.withLock { $0.connections.remove(connection) }
            close(connection)
        }
        var pending: [UInt8] = []
        while let bytes = TCP.receive(connection) {
            pending += bytes
            while let (message, body, consumed) = Self.request(in: pending) {
                guard let answer = answer(to: message, body: body) else { continue }
                pending.removeFirst(consumed)
                TCP.send(answer, to: connection)
            }
        }
    }

    /// A complete request at the front of `bytes`: its head, its body and how many bytes both take.
    private static func request(in bytes: [UInt8]) -> (HTTPMessage, [UInt8], Int)? {
        guard let message = HTTPMessage(bytes) else { return nil }
        let length = message.headers["content-length"].flatMap { Int($0) } ?? 0
        guard message.rest.count >= length else { return nil }
        let end = message.rest.startIndex + length
        return (message, Array(message.rest[..<end]), end)
    }

    private func answer(to message: HTTPMessage, body: [UInt8]) -> [UInt8]? {
        let (arrival, wall) = (Clock.now, Clock.wall)
        let alerts = ReceivedAlert.list(from: body, arrival: arrival, at: wall)
        let isAsExpected =
            (message.firstLine.hasPrefix("POST /api/v2/alerts ") || message.firstLine.hasPrefix("POST /hook "))
            && message.headers["content-type"]?.hasPrefix("application/json") == true
        let behaviour = state.withLock { state in
            state.requests += 1
            if alerts == nil || !isAsExpected {
                state.malformed.append("\(message.firstLine): \(String(decoding: body.prefix(500), as: UTF8.self))")
            }
            let behaviour = Self.behaviour(state.behaviour, towards: alerts)
            let isSpoiled = { (alert: ReceivedAlert) in behaviour.spoils(alert.name) }
            if behaviour.keeps { state.alerts += (alerts ?? []).filter { !isSpoiled($0) } }
            state.refused += (alerts ?? []).filter(isSpoiled)
            if case .refuseBatches = behaviour, alerts != nil { state.refusedBatches += 1 }
            return behaviour
        }
        let isPartRefused = (alerts ?? []).contains { behaviour.spoils($0.name) }
        if behaviour.keeps {
            passOn(isPartRefused ? Self.spoil(body, behaviour) : body, expecting: isPartRefused ? 400 : 200)
        }
        switch behaviour {
        case .accept: return Self.response(200, "OK")
        case .delay(let time):
            Thread.sleep(time)
            return Self.response(200, "OK")
        case .refusePart: return isPartRefused ? Self.response(400, "Bad Request") : Self.response(200, "OK")
        case .refuseBatches: return Self.response(400, "Bad Request")
        case .fail(let status): return Self.response(status, "Failed")
        case .hang:
            Thread.sleep(.seconds(3600))
            return nil
        }
    }

    /// What it does to one request: a single alert is no batch.
    private static func behaviour(_ behaviour: Behaviour, towards alerts: [ReceivedAlert]?) -> Behaviour {
        if case .refuseBatches = behaviour, alerts?.count == 1 { return .accept }
        return behaviour
    }

    /// No label may have such a name.
    private static func spoil(_ body: [UInt8], _ behaviour: Behaviour) -> [UInt8] {
        guard case .refusePart(let name) = behaviour else { return body }
        let label = "\"alertname\":\"\(name)\""
        let parts = String(decoding: body, as: UTF8.self).split(separator: label, omittingEmptySubsequences: false)
        return Array(parts.joined(separator: "\(label),\"no name\":\"x\"").utf8)
    }

    private func passOn(_ body: [UInt8], expecting status: Int) {
        guard let next else { return }
        let headers = ["Content-Type": "application/json"]
        let path = "/api/v2/alerts"
        let answer = try? HTTP.request("POST", path, port: next, headers: headers, body: body, inside: namespace)
        guard answer?.status != status else { return }
        state.withLock { $0.malformed.append("Alertmanager: \(answer?.status ?? 0) \(answer?.body ?? "no answer")") }
    }

    private static func response(_ status: Int, _ text: String) -> [UInt8] {
        Array("HTTP/1.1 \(status) \(text)\r\nContent-Length: 0\r\n\r\n".utf8)
    }
}
