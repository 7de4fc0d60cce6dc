import Glibc
import Logging
import Probing
import Sockets
import Synchronization

/// The followers of all access logs that the configuration names.
final class ProxyLogs: Sendable {
    private struct Running: Sendable {
        var path: String
        var follower: AccessLogFollower
    }

    private let running = Mutex<[String: Running]>([:])
    private let board: MetricsBoard
    private let logger: Logger

    init(board: MetricsBoard, logger: Logger) {
        self.board = board
        self.logger = logger
    }

    /// Follows these logs; those that stay are read on where they were.
    /// - Parameter paths: by proxy.
    func follow(_ paths: [String: String]) {
        let gone = running.withLock { running in
            let gone = running.filter { paths[$0.key] != $0.value.path }
            for name in gone.keys { running[name] = nil }
            return gone.values.map(\.follower)
        }
        for follower in gone { follower.stop() }
        for (name, path) in paths where running.withLock({ $0[name] == nil }) {
            if access(path, R_OK) != 0 {
                logger.warning("\(path), the log of the proxy \(name), cannot be read: it is followed once it can")
            }
            do throws(SystemError) {
                let board = board
                let follower = try AccessLogFollower(path: path) { board.record($0, ofProxy: name) }
                running.withLock { $0[name] = Running(path: path, follower: follower) }
            } catch {
                logger.error("the log of the proxy \(name) is not followed: \(error)")
            }
        }
    }

    func stop() { follow([:]) }
}
