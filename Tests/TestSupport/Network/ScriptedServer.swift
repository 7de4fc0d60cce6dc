import Glibc
import Synchronization

/// A TCP server on loopback whose every connection runs a script on a thread of its own: the peers that no real server
/// wants to be.
public final class ScriptedServer: Sendable {
    /// One connection; every call blocks.
    public struct Connection: Sendable {
        public let descriptor: Int32

        /// Nil at the end of the stream.
        public func receive() -> String? { TCP.receive(descriptor).map { String(decoding: $0, as: UTF8.self) } }

        /// Whether all of it could be sent.
        @discardableResult
        public func send(_ text: String) -> Bool {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }

        /// Reads up to the empty line that ends a head.
        public func receiveHead() -> String? {
            var text = ""
            while !text.contains("\r\n\r\n") {
                guard let more = receive() else { return nil }
                text += more
            }
            return text
        }

        /// The close that follows sends RST.
        public func reset() {
            var value = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
        }

        /// Sends FIN and takes no more.
        public func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

        /// Until the peer closes.
        public func waitForEnd() {
            while receive() != nil {}
        }
    }

    private let descriptor: Int32
    public let port: UInt16
    private let heads = Mutex<[String]>([])

    /// - Parameter script: its end closes the connection.
    public init(_ script: @escaping @Sendable (Connection) -> Void) throws {
        let descriptor = try TCP.listen(on: "127.0.0.1", port: 0)
        self.descriptor = descriptor
        port = TCP.port(of: descriptor)
        Thread.detach {
            while true {
                let accepted = accept(descriptor, nil, nil)
                guard accepted >= 0 || errno == EINTR || errno == ECONNABORTED else { return }
                guard accepted >= 0 else { continue }
                Thread.detach {
                    script(Connection(descriptor: accepted))
                    close(accepted)
                }
            }
        }
    }

    /// Notes what was asked, for the test to look at.
    public func note(_ head: String) { heads.withLock { $0.append(head) } }
    public var noted: [String] { heads.withLock { $0 } }

    public func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    deinit { stop() }
}
