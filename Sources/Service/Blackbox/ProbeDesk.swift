import Blackbox
import Glibc
import Model
import Probing
import Sockets
import Synchronization
import Web

/// Answers `/probe`: each probe on a thread of its own, few enough at once.
final class ProbeDesk: Sendable {
    struct Settings: Sendable {
        var modules: [String: ProbeModule]
        var limits: TargetLimits
    }

    /// What the probers share.
    struct Tools: Sendable {
        let lookup: HostLookup
        let requests: RequestEngine
        /// Of the bodies that rules read.
        let bodies = BodyBudget(most: 64 << 20)
        let tokenStyles = TokenStyles()
    }

    /// One that waits holds a thread and a socket.
    static let atOnce = 256

    private let tools: Tools
    private let running = Mutex(0)
    private let settings: @Sendable () -> Settings

    /// - Throws: when the engine of its HTTP requests cannot start.
    /// - Parameter credentials: shared with those who probe regularly.
    init(
        lookup: @escaping HostLookup,
        credentials: CredentialBook,
        settings: @escaping @Sendable () -> Settings
    ) throws(SystemError) {
        self.settings = settings
        let engine = try RequestEngine(
            lookup: lookup,
            credentials: credentials,
            rule: AddressRule(
                permits: { settings().limits.permits($0) },
                permitsUnknown: { settings().limits.permitsUnknown },
                permitsOwn: { settings().limits.permitsOwn($0) }
            ),
            deliver: { _ in }
        )
        tools = Tools(lookup: lookup, requests: engine)
    }

    func stop() { tools.requests.stop() }

    func probe(_ query: WebSource.ProbeQuery) async -> WebSource.ProbeReply {
        let settings = settings()
        let order: ProbeOrder
        do throws(ProbeRefusal) {
            order = try ProbeOrder(query, settings.modules)
        } catch {
            return .refused(status: error.status, error.message)
        }
        guard enter() else { return .refused(status: 503, "\(Self.atOnce) probes run already; try again later") }
        defer { leave() }
        let tools = tools
        return await withCheckedContinuation { continuation in
            do throws(SystemError) {
                _ = try DedicatedThread(name: "np-probe") {
                    Self.ignoreBrokenPipes()
                    continuation.resume(returning: ProbeRun(order, settings.limits, tools).answer(query.isDebugging))
                    tools.bodies.tidy()
                }
            } catch {
                continuation.resume(returning: .refused(status: 503, "\(error)"))
            }
        }
    }

    private func enter() -> Bool {
        running.withLock { running in
            guard running < Self.atOnce else { return false }
            running += 1
            return true
        }
    }

    private func leave() { running.withLock { $0 -= 1 } }

    /// OpenSSL writes to sockets whose peer may have gone.
    static func ignoreBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

/// Why nothing is probed.
struct ProbeRefusal: Error, Equatable {
    var status: Int
    var message: String
}

/// One probe that is to be done.
struct ProbeOrder: Sendable {
    var name: String
    var module: ProbeModule
    var prober: ProbeModule.Prober
    var target: String
    /// Seconds.
    var timeout: Double

    /// Judges a question in blackbox_exporter's order, with its words.
    init(_ query: WebSource.ProbeQuery, _ modules: [String: ProbeModule]) throws(ProbeRefusal) {
        name = query.module.isEmpty ? "http_2xx" : query.module
        guard let found = modules[name] else {
            throw ProbeRefusal(status: 400, message: "Unknown module \(ProbeText.quoted(name))")
        }
        module = found
        do throws(ProbeTime.Mistake) {
            let own = module.timeout.map { Double($0.nanoseconds) / 1e9 }
            timeout = try ProbeTime.seconds(header: query.timeout, module: own)
        } catch {
            throw ProbeRefusal(
                status: 500,
                message: "Failed to parse timeout from Prometheus header: \(error.message)"
            )
        }
        target = query.target
        guard !target.isEmpty else { throw ProbeRefusal(status: 400, message: "Target parameter is missing") }
        guard let known = ProbeModule.Prober(rawValue: module.prober) else {
            throw ProbeRefusal(status: 400, message: "Unknown prober \(ProbeText.quoted(module.prober))")
        }
        prober = known
        guard prober == .http, !query.hostname.isEmpty else { return }
        if let own = module.http.headers.first(where: { $0.name.lowercased() == "host" }), own.value != query.hostname {
            let text = "(\(own.value)) and with URL-parameter 'hostname' (\(query.hostname))"
            throw ProbeRefusal(status: 400, message: "host header defined both in module configuration \(text)")
        }
        module.http.headers.removeAll { $0.name.lowercased() == "host" }
        module.http.headers.append(HTTPResponse.Field("Host", query.hostname))
    }
}
