internal import Synchronization

/// Source ports for flows: at random from what the kernel does not hand out by itself
/// (`net.ipv4.ip_local_port_range` is 32768 to 60999 by default), each used by one flow.
final class PortChooser: Sendable {
    private let used = Mutex<Set<UInt16>>([])

    /// - Returns: nil when nearly all are taken.
    func choose() -> UInt16? {
        used.withLock { used in
            for _ in 0..<64 {
                let number = UInt32.random(in: 0..<15_536)
                // 20000 to 30999 and 61000 to 65535.
                let port = UInt16(number < 11_000 ? 20_000 + number : 50_000 + number)
                if used.insert(port).inserted { return port }
            }
            return nil
        }
    }

    func release(_ port: UInt16) {
        used.withLock { _ = $0.remove(port) }
    }
}
