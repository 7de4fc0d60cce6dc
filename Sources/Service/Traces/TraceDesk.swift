import Model
import Sockets
import Synchronization
import Traceroute
import Web
import Wire

/// Traces that somebody asks for over HTTP: few at once, one for each target, each with an end.
final class TraceDesk: Sendable {
    private struct Work: Sendable {
        var running: [String: TraceCancellation] = [:]
        var isStopped = false
    }

    static let atOnce = 4
    static let rounds = 5
    static let deadline: Duration = .seconds(15)

    private let work = Mutex(Work())
    private let limits: SharedLimiter
    private let settings: @Sendable () -> (topology: Topology, limits: TargetLimits)

    init(
        limits: SharedLimiter,
        settings: @escaping @Sendable () -> (topology: Topology, limits: TargetLimits)
    ) {
        self.limits = limits
        self.settings = settings
    }

    /// Traces on a thread of its own; ends early when the task is cancelled, for then nobody waits for it.
    func trace(_ target: String) async -> Result<JSONValue, WebSource.PathRefusal> {
        let cancellation: TraceCancellation
        do throws(SystemError) {
            cancellation = try TraceCancellation()
        } catch {
            return .failure(.init(.busy, "\(error)"))
        }
        if let refusal = enter(target, cancellation) { return .failure(refusal) }
        defer { leave(target, cancellation) }
        let (topology, permitted) = settings()
        let limits = limits
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                do throws(SystemError) {
                    // It ends with the trace, for that cancels when it is done.
                    _ = try DedicatedThread(name: "np-path-end") { cancellation.cancel(after: Self.deadline) }
                    _ = try DedicatedThread(name: "np-path") {
                        continuation.resume(returning: Self.run(target, topology, permitted, limits, cancellation))
                    }
                } catch {
                    continuation.resume(returning: .failure(.init(.failed, "\(error)")))
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Ends what runs.
    func stop() {
        work.withLock { work in
            work.isStopped = true
            for cancellation in work.running.values { cancellation.cancel() }
        }
    }

    private func enter(_ target: String, _ cancellation: TraceCancellation) -> WebSource.PathRefusal? {
        work.withLock { work in
            if work.isStopped { return .init(.busy, "netprobe is ending") }
            if work.running[target] != nil { return .init(.busy, "a trace to this target runs already") }
            guard work.running.count < Self.atOnce else {
                return .init(.busy, "\(Self.atOnce) traces run already; try again later")
            }
            work.running[target] = cancellation
            return nil
        }
    }

    private func leave(_ target: String, _ cancellation: TraceCancellation) {
        work.withLock { $0.running[target] = nil }
        cancellation.cancel()
    }

    private static func run(
        _ target: String,
        _ topology: Topology,
        _ permitted: TargetLimits,
        _ limits: SharedLimiter,
        _ cancellation: TraceCancellation
    ) -> Result<JSONValue, WebSource.PathRefusal> {
        let request = TraceRequest(target: target, plan: TracePlan(count: rounds), topology: topology)
        do throws(TraceError) {
            let report = try Traceroute.trace(request, cancellation: cancellation, limits: limits) {
                permitted.permits($0)
            }
            return .success(report.json)
        } catch {
            let kind: WebSource.PathRefusal.Kind =
                switch error {
                case .denied: .denied
                case .usage, .input, .resolution: .unusable
                case .privilege, .local, .cancelled: .failed
                }
            return .failure(.init(kind, "\(error)", exitStatus: error.exitStatus))
        }
    }
}
