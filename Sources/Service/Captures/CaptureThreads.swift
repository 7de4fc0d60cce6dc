import Capture
import Flows
import Links
import Logging
import Model
import Settings
import Sockets
import Synchronization

/// The threads of the captured interfaces: one each, as the configuration says.
final class CaptureThreads: Sendable {
    private struct State: Sendable {
        var threads: [String: InterfaceThread] = [:]
        var isStopped = false
    }

    private let parts: InterfaceThread.Parts
    private let logger: Logger
    private let state = Mutex(State())

    init(_ parts: InterfaceThread.Parts, logger: Logger) {
        self.parts = parts
        self.logger = logger
    }

    /// Starts and ends threads, so that those of `settings` run; one with equal settings goes on undisturbed.
    func configure(_ settings: CaptureSettings, _ attribution: PathAttribution) {
        let removed = state.withLock { state -> [InterfaceThread] in
            guard !state.isStopped else { return [] }
            let wanted = Dictionary(
                settings.interfaces.map { ($0, Self.options(settings, $0)) },
                uniquingKeysWith: { first, _ in first }
            )
            let old = state.threads.filter { name, thread in
                wanted[name].map { $0.filter != thread.options.filter || !$0.hasFlows(of: thread.options) } ?? true
            }
            for name in old.keys { state.threads[name] = nil }
            return old.map(\.value)
        }
        // They end by themselves: the monitor waits for nobody.
        for thread in removed { thread.post(.stop) }
        state.withLock { state in
            guard !state.isStopped else { return }
            for name in settings.interfaces {
                if let thread = state.threads[name] {
                    thread.post(.attribute(attribution))
                    continue
                }
                do throws(SystemError) {
                    state.threads[name] = try InterfaceThread(Self.options(settings, name), attribution, parts)
                } catch {
                    logger.error("\(name) is not captured: \(error)")
                }
            }
        }
    }

    /// What is captured from now on belongs to paths by this.
    func attribute(_ attribution: PathAttribution) {
        state.withLock { state in
            for thread in state.threads.values { thread.post(.attribute(attribution)) }
        }
    }

    /// An interface has changed.
    func retry(_ interface: String) {
        state.withLock { $0.threads[interface]?.post(.retry) }
    }

    func stop() {
        let threads = state.withLock { state in
            state.isStopped = true
            defer { state.threads = [:] }
            return Array(state.threads.values)
        }
        for thread in threads { thread.stop() }
    }

    private static func options(_ settings: CaptureSettings, _ interface: String) -> InterfaceCapture.Options {
        var flows = FlowEngineOptions()
        flows.maximumFlows = settings.flows
        flows.collectsSamples = true
        flows.collectsEvents = true
        return InterfaceCapture.Options(interface: interface, filter: settings.filter, flows: flows)
    }
}

extension InterfaceCapture.Options {
    /// The seed of the table is random, and no setting.
    fileprivate func hasFlows(of other: Self) -> Bool { flows.maximumFlows == other.flows.maximumFlows }
}
