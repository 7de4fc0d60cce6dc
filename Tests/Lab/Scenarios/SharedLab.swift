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
            let prometheus = try Prometheus(inside: lab.namespace(.probe))
            // Whether the target answers or not: from then on every second of a scenario is stored.
            try eventually("Prometheus scrapes", within: .seconds(20)) { () throws -> Bool? in
                try prometheus.query("up").isEmpty ? nil : true
            }
            return Parts(lab: lab, prometheus: prometheus)
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
