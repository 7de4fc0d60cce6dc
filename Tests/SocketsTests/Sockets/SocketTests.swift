import Glibc
import Model
import Sockets
import TestSupport
import Testing
import Wire

private let loopback = IPAddress.v4(IPv4Address(127, 0, 0, 1))

@Suite("Sockets", .onOwnThread)
struct SocketTests {
    @Test("an error says what was done and why it failed")
    func errorText() throws {
        let socket = try Socket(.v4, .datagram)
        let error = #expect(throws: SystemError.self) {
            try socket.bind(to: SocketAddress(.v4(IPv4Address(203, 0, 113, 9)), port: 7))
        }
        #expect(error?.code == EADDRNOTAVAIL)
        #expect(error?.description == "bind 203.0.113.9:7: Cannot assign requested address")
    }

    @Test("a descriptor is closed when its socket goes")
    func closes() throws {
        // Another test may get the port meanwhile, but hardly each time.
        let isFree = try (0..<5).map { _ in
            let address: SocketAddress
            do {
                let socket = try Socket(.v4, .datagram)
                try socket.bind(to: SocketAddress(.v4(IPv4Address(127, 88, 7, 6)), port: 0))
                address = try socket.localAddress()
                #expect(throws: SystemError.self) { try Socket(.v4, .datagram).bind(to: address) }
            }
            return (try? Socket(.v4, .datagram).bind(to: address)) != nil
        }
        #expect(isFree.contains(true))
    }

    @Test("options are set and read back")
    func options() throws {
        let socket = try Socket(.v4, .datagram)
        try socket.set(.hopLimit(.v4), 7)
        #expect(try socket.get(.hopLimit(.v4)) == 7)
        #expect(socket.receiveDrops() == 0)
    }

    @Test("packets that found no room are counted")
    func drops() throws {
        let socket = try Socket(.v4, .datagram)
        try socket.set(.receiveBuffer, 1)
        try socket.bind(to: SocketAddress(loopback))
        let address = try socket.localAddress()
        let sender = try Socket(.v4, .datagram)
        for _ in 0..<50 { _ = try sender.send([UInt8](repeating: 1, count: 500), to: address) }
        #expect(socket.receiveDrops() > 0)
    }

    @Test("a refused connection leaves its error, once")
    func refused() throws {
        let closed = try Socket(.v4, .stream)
        try closed.bind(to: SocketAddress(loopback))
        let address = try closed.localAddress()
        let socket = try Socket(.v4, .stream)
        let epoll = try Epoll(capacity: 1)
        try epoll.add(socket.number, .writable, token: 5)
        _ = try socket.connect(to: address)
        try eventually("the refusal") { try epoll.wait(.milliseconds(10)) > 0 ? true : nil }
        #expect(epoll.event(at: 0).token == 5)
        #expect(epoll.event(at: 0).ready.contains(.error))
        #expect(socket.takeError() == ECONNREFUSED)
        #expect(socket.takeError() == 0)
    }

    @Test("the kernel times a handshake")
    func information() throws {
        let listener = try Socket(.v4, .stream)
        try listener.bind(to: SocketAddress(loopback))
        try listener.listen()
        let socket = try Socket(.v4, .stream)
        _ = try socket.connect(to: try listener.localAddress())
        let information = try eventually("a connection") {
            let information = try socket.tcpInformation()
            return information.state == 1 ? information : nil
        }
        #expect(information.roundTrip > .zero)
        #expect(information.retransmissions == 0)
        #expect(try listener.accept() != nil)
        #expect(try listener.accept() == nil)
    }

    @Test("a filter that answers 0 lets nothing through")
    func filter() throws {
        let socket = try Socket(.v4, .datagram)
        try socket.bind(to: SocketAddress(loopback))
        try socket.attach(SocketFilter([.init(0x06, 0)]))
        let sender = try Socket(.v4, .datagram)
        _ = try sender.send([1], to: try socket.localAddress())
        #expect(try ReceiveBatch().receive(from: socket) == 0)
    }
}
