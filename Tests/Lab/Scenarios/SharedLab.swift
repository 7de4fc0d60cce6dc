import Glibc
import LabNetwork
import Synchronization
import TestSupport

/// One lab for all scenarios of a run: each finds it whole and leaves it so. Prometheus watches all of it.
enum SharedLab {
    struct Parts {
        let lab: Lab
        let prometheus: Prometheus
    }

    private static let state = Mutex<Result<Parts, any Error>?>(nil)

    /// Builds it at the first call; a lab that could not be built fails every scenario.
    static func whole() throws -> Parts {
        let parts = try state.withLock { state in
            let made = state ?? Result { try build() }
            if state == nil { atexit { SharedLab.remove() } }
            state = made
            return try made.get()
        }
        try parts.lab.heal()
        return parts
    }

    private static func build() throws -> Parts {
        let lab = try Lab(seed: 20_161_128)
        do {
            return Parts(lab: lab, prometheus: try Prometheus(inside: lab.namespace(.probe)))
        } catch {
            lab.remove()
            throw error
        }
    }

    private static func remove() {
        state.withLock { state in
            if case .success(let parts) = state {
                parts.prometheus.end()
                parts.lab.remove()
            }
            state = nil
        }
    }
}
