internal import Synchronization

/// Source ports for flows: at random from what the kernel does not hand out by itself
/// (`net.ipv4.ip_local_port_range` is 32768 to 60999 by default), each used by one flow.
final class PortChooser: Sendable {
    static let low: ClosedRange<UInt16> = 20_000...30_999
    static let high: ClosedRange<UInt16> = 61_000...65_535
    private let used = Mutex<Set<UInt16>>([])

    /// - Returns: nil when nearly all are taken.
    func choose() -> UInt16? {
        used.withLock { used in
            for _ in 0..<64 {
                let number = Int.random(in: 0..<Self.low.count + Self.high.count)
                let port =
                    number < Self.low.count
                    ? Self.low.lowerBound + UInt16(number)
                    : Self.high.lowerBound + UInt16(number - Self.low.count)
                if used.insert(port).inserted { return port }
            }
            return nil
        }
    }

    func release(_ port: UInt16) {
        used.withLock { _ = $0.remove(port) }
    }
}
