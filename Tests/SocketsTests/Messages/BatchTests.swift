import Glibc
import Model
import Sockets
import TestSupport
import Testing
import Wire

private let loopback = IPAddress.v4(IPv4Address(127, 0, 0, 1))

@Suite("Batches of messages", .onOwnThread)
struct BatchTests {
    private func bound(_ family: AddressFamily = .v4) throws -> Socket {
        let socket = try Socket(family, .datagram)
        try socket.bind(to: SocketAddress(family == .v4 ? loopback : .v6(IPv6Address(high: 0, low: 1))))
        return socket
    }

    private func fill(_ batch: SendBatch, _ count: Int, to address: SocketAddress, control: SendControl = SendControl())
    {
        batch.clear()
        for index in 0..<count {
            batch.append(to: address, control: control) { buffer in
                buffer[0] = UInt8(index)
                return 1
            }
        }
    }

    @Test("one call sends and one call receives many, in order", arguments: AddressFamily.allCases)
    func many(family: AddressFamily) throws {
        let receiver = try bound(family)
        let sender = try bound(family)
        let out = SendBatch(capacity: 32)
        fill(out, 20, to: try receiver.localAddress())
        #expect(try out.send(on: sender, from: 0) == 20)
        let batch = ReceiveBatch(capacity: 32)
        #expect(try batch.receive(from: receiver) == 20)
        let source = try sender.localAddress()
        for index in 0..<20 {
            #expect(batch.payload(index).elementsEqual([UInt8(index)]))
            #expect(batch.source(index) == source)
        }
        #expect(try batch.receive(from: receiver) == 0)
    }

    @Test("a batch is reused without mixing")
    func reuse() throws {
        let receiver = try bound()
        let sender = try bound()
        let out = SendBatch(capacity: 4)
        let batch = ReceiveBatch(capacity: 4)
        for round in 1...5 {
            fill(out, round % 4 + 1, to: try receiver.localAddress())
            #expect(try out.send(on: sender, from: 0) == round % 4 + 1)
            #expect(try batch.receive(from: receiver) == round % 4 + 1)
        }
    }

    @Test("the message that was refused is named by where sending stopped")
    func refusal() throws {
        let receiver = try bound()
        let sender = try bound()
        let out = SendBatch(capacity: 4)
        fill(out, 2, to: try receiver.localAddress())
        out.append(to: SocketAddress(.v4(IPv4Address(255, 255, 255, 255)), port: 9), control: SendControl()) { _ in 1 }
        #expect(try out.send(on: sender, from: 0) == 2)
        let error = #expect(throws: SystemError.self) { try out.send(on: sender, from: 2) }
        #expect(error?.isPermission == true)
    }

    @Test("a payload longer than the room is cut off")
    func truncated() throws {
        let receiver = try bound()
        let sender = try bound()
        _ = try sender.send([UInt8](repeating: 7, count: 500), to: try receiver.localAddress())
        let batch = ReceiveBatch(capacity: 1, payloadSize: 64)
        #expect(try batch.receive(from: receiver) == 1)
        #expect(batch.payload(0).count == 64)
    }

    @Test("both kernel stamps arrive, in order and numbered")
    func stamps() throws {
        let receiver = try bound()
        let sender = try bound()
        try receiver.enable(.kernel)
        try sender.enable(.kernel)
        let address = try receiver.localAddress()
        let batch = ReceiveBatch()
        // The kernel turns stamping on with some delay.
        try eventually("stamps") { () throws -> Bool? in
            try sender.restartStampNumbers(.kernel)
            while try batch.receive(from: sender, errors: true) > 0 {}
            while try batch.receive(from: receiver) > 0 {}
            let out = SendBatch()
            fill(out, 3, to: address)
            _ = try out.send(on: sender, from: 0)
            guard try batch.receive(from: sender, errors: true) == 3 else { return nil }
            let sent = (0..<3).map { batch.control($0) }
            guard try batch.receive(from: receiver) == 3 else { return nil }
            let received = (0..<3).map { batch.control($0) }
            guard sent.map(\.error?.data) == [0, 1, 2], sent.allSatisfy({ $0.error?.origin == .timestamp }) else {
                return nil
            }
            return zip(sent, received).allSatisfy { $0.softwareStamp > 0 && $1.softwareStamp >= $0.softwareStamp }
                ? true : nil
        }
    }

    @Test("interface, hop limit and destination of a packet are told when asked for", arguments: AddressFamily.allCases)
    func control(family: AddressFamily) throws {
        let receiver = try bound(family)
        let sender = try bound(family)
        try receiver.set(.receiveInterface(family), 1)
        try receiver.set(.receiveHopLimit(family), 1)
        var control = SendControl()
        let index = try #require(Interface.index(of: "lo"))
        control.addInterface(index, source: nil, family: family)
        control.addHopLimit(42, family: family)
        let out = SendBatch()
        fill(out, 1, to: try receiver.localAddress(), control: control)
        #expect(try out.send(on: sender, from: 0) == 1)
        let batch = ReceiveBatch()
        #expect(try batch.receive(from: receiver) == 1)
        #expect(batch.control(0).interface == index)
        #expect(batch.control(0).hopLimit == 42)
    }

    @Test("an ICMP error comes by the error queue with its type and sender")
    func errorQueue() throws {
        let closed = try bound()
        let address = try closed.localAddress()
        _ = consume closed
        let sender = try bound()
        try sender.set(.receiveErrors(.v4), 1)
        _ = try sender.send([1, 2, 3], to: address)
        let batch = ReceiveBatch()
        #expect(try batch.receive(from: sender, errors: true) == 1)
        let error = try #require(batch.control(0).error)
        #expect(error.origin == .icmp)
        #expect(error.icmpType == 3)
        #expect(error.icmpCode == 3)
        #expect(error.offender?.address == loopback)
        #expect(batch.payload(0).elementsEqual([1, 2, 3]))
    }
}
