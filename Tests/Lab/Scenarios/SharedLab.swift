import Glibc
import LabNetwork
import Synchronization
import TestSupport

/// One lab for all scenarios of a run: each finds it whole and leaves it so.
enum SharedLab {
    private static let state = Mutex<Result<Lab, any Error>?>(nil)

    /// Builds it at the first call; a lab that could not be built fails every scenario.
    static func whole() throws -> Lab {
        let lab = try state.withLock { state in
            let made = state ?? Result { try Lab(seed: 20_161_128) }
            if state == nil { atexit { SharedLab.remove() } }
            state = made
            return try made.get()
        }
        try lab.heal()
        return lab
    }

    private static func remove() {
        state.withLock { state in
            if case .success(let lab) = state { lab.remove() }
            state = nil
        }
    }
}
