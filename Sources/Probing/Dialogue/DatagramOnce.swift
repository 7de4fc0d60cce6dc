internal import Glibc
public import Model
public import Sockets
public import Wire

/// A question and its answer in one datagram each; blocks until the end of the time.
public enum DatagramOnce {
    /// - Parameter isAnswer: whether what came is the answer; else it is passed over, for it may be forged.
    /// - Returns: the answer, and when the question left.
    public static func ask(
        _ question: [UInt8],
        _ server: SocketAddress,
        source: IPAddress?,
        until end: MonotonicTime,
        isAnswer: ([UInt8]) -> Bool
    ) throws(DialogueError) -> (answer: [UInt8], sentAt: MonotonicTime) {
        do throws(SystemError) {
            let socket = try Socket(server.family, .datagram)
            if let source { try socket.bind(to: SocketAddress(source)) }
            _ = try socket.connect(to: server)
            let sentAt = SystemClock.monotonic()
            _ = try socket.send(question)
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while socket.wait(for: POLLIN, until: end) != 0 {
                let count = recv(socket.number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count < 0, errno == EAGAIN || errno == EINTR { continue }
                guard count >= 0 else { throw SystemError(code: errno, operation: "read udp \(server)") }
                let answer = Array(buffer[..<count])
                if isAnswer(answer) { return (answer, sentAt) }
            }
        } catch {
            throw DialogueError(error)
        }
        throw DialogueError(.timeout, "read udp \(server): i/o timeout")
    }
}
