import Model
import Sockets
import TestSupport
import Wire

/// A UDP socket that asks and waits, on a thread that may block.
struct ReflectClient {
    let socket: Socket

    init(source: SocketAddress = SocketAddress(.v4(IPv4Address(127, 0, 0, 1)))) throws {
        socket = try Socket(source.family, .datagram)
        try socket.bind(to: source)
    }

    var port: UInt16 {
        get throws { try socket.localAddress().port }
    }

    func send(_ bytes: [UInt8], to address: SocketAddress) throws {
        _ = try socket.send(bytes, to: address)
    }

    /// The next datagram and whom it is from.
    func receive(within limit: Duration = .seconds(5)) throws -> (bytes: [UInt8], source: SocketAddress?) {
        let batch = ReceiveBatch(capacity: 1, payloadSize: 16384)
        return try eventually("an answer", within: limit, every: .milliseconds(1)) {
            guard try batch.receive(from: socket) > 0 else { return nil }
            return (Array(batch.payload(0)), batch.source(0))
        }
    }

    /// True when nothing more has come once `other` was answered, which was asked later.
    var hasNothing: Bool {
        get throws { try ReceiveBatch(capacity: 1).receive(from: socket) == 0 }
    }

    static func reflection(_ bytes: [UInt8]) throws -> STAMPReflection {
        try STAMPReflection(decoding: bytes.span.bytes)
    }

    static func question(sequence: UInt32, sessionID: UInt16 = 0) -> [UInt8] {
        let test = STAMPTest(
            sequence: sequence,
            timestamp: NTPTimestamp(nanosecondsSince1970: SystemClock.wall().nanoseconds),
            errorEstimate: STAMPErrorEstimate(isSynchronized: true, nanoseconds: 1_000),
            sessionID: sessionID
        )
        var bytes = [UInt8](repeating: 0, count: STAMPTest.length)
        _ = bytes.withUnsafeMutableBytes { try? test.write(into: $0) }
        return bytes
    }
}
