import Model
import Sockets
import Synchronization
import Wire

/// A UDP socket on loopback that answers each datagram on a thread of its own.
class FakePeer: @unchecked Sendable {  // `stopped` is atomic, the rest constant
    let port: UInt16
    private let stopped: EventFD
    private let thread = Mutex<DedicatedThread?>(nil)

    init(_ answer: @escaping @Sendable ([UInt8]) -> [[UInt8]]) throws {
        let socket = try Socket(.v4, .datagram)
        try socket.bind(to: SocketAddress(.v4(IPv4Address(127, 0, 0, 1))))
        port = try socket.localAddress().port
        let stop = try EventFD()
        stopped = stop
        let thread = try DedicatedThread(name: "fake-peer") {
            Self.run(socket, stop, answer)
        }
        self.thread.withLock { $0 = thread }
    }

    private static func run(_ socket: Socket, _ stop: EventFD, _ answer: ([UInt8]) -> [[UInt8]]) {
        guard let epoll = try? Epoll(capacity: 2),
            (try? epoll.add(socket.number, .readable, token: 1)) != nil,
            (try? epoll.add(stop.number, .readable, token: 0)) != nil
        else { return }
        let batch = ReceiveBatch(capacity: 8, payloadSize: 2048)
        while let count = try? epoll.wait(nil) {
            for index in 0..<count where epoll.event(at: index).token == 0 { return }
            guard let received = try? batch.receive(from: socket) else { return }
            for index in 0..<received {
                for reply in answer(Array(batch.payload(index))) {
                    _ = try? socket.send(reply, to: batch.source(index))
                }
            }
        }
    }

    func stop() {
        stopped.signal()
        thread.withLock { $0?.join() }
    }
}

/// Reflects STAMP tests, each so many times, with a foreign answer before.
final class FakeReflector: FakePeer, @unchecked Sendable {  // adds nothing to `FakePeer`
    init(copies: Int) throws {
        try super.init { question in
            guard let bytes = Self.answer(to: question) else { return [] }
            var foreign = bytes
            foreign[35] ^= 1
            return [foreign] + Array(repeating: bytes, count: copies)
        }
    }

    /// - Parameter sequence: nil copies the sender's.
    static func answer(to question: [UInt8], sequence: UInt32? = nil) -> [UInt8]? {
        guard let test = try? STAMPTest(decoding: question.span.bytes) else { return nil }
        let now = NTPTimestamp(nanosecondsSince1970: SystemClock.wall().nanoseconds)
        let reflection = STAMPReflection(
            to: test,
            sequence: sequence ?? test.sequence,
            received: now,
            sent: now,
            errorEstimate: STAMPErrorEstimate(isSynchronized: true, nanoseconds: 1_000),
            senderTTL: 64
        )
        var bytes = [UInt8](repeating: 0, count: STAMPReflection.length)
        _ = try? bytes.withUnsafeMutableBytes { try reflection.write(into: $0) }
        return bytes
    }
}

/// Refuses every IKE_SA_INIT.
final class FakeGateway: FakePeer, @unchecked Sendable {  // adds nothing to `FakePeer`
    init() throws {
        try super.init { question in
            guard let header = try? IKEHeader(decoding: question.span.bytes) else { return [] }
            var bytes = [UInt8](repeating: 0, count: 256)
            let length = try? bytes.withUnsafeMutableBytes {
                try IKEResponse.writeRefusal(.noProposalChosen, to: header, into: $0)
            }
            return length.map { [Array(bytes[..<$0])] } ?? []
        }
    }
}
