internal import Glibc
internal import Synchronization

/// Whether the routing table leads a packet out by an interface. Without an entry the kernel would look for every
/// IPv4 destination on the interface's own link, and the packet would end in silence.
public final class RouteTable: Sendable {
    private let socket: Mutex<NetlinkSocket>

    /// For the network namespace of the calling thread.
    public init() throws(NetlinkError) {
        socket = Mutex(try NetlinkSocket(timeout: .milliseconds(50)))
    }

    /// - Parameters:
    ///   - question: its interface is not read.
    ///   - interface: index of the interface the packet shall leave by.
    /// - Returns: true also when the kernel does not say: then the sending tells.
    public func leads(_ question: RouteQuestion, by interface: Int32) -> Bool {
        socket.withLock { socket in
            do throws(NetlinkError) {
                _ = try socket.ask(.route(question, interface: interface, inTable: true))
                return true
            } catch .refused(let code) {
                return code != EHOSTUNREACH && code != ENETUNREACH
            } catch {
                return true
            }
        }
    }
}
