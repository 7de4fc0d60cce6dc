internal import Model
internal import Sockets
internal import Wire

/// Finds out what the process may do, and whether kernel stamps really arrive: that an option can be set proves
/// nothing.
enum SelfTest {
    static func run(_ options: EngineOptions) -> EngineCapabilities {
        var clocks: [AddressFamily: StampClock] = [:]
        var found: [AddressFamily: EngineCapabilities.ICMPAccess] = [:]
        for family in AddressFamily.allCases {
            let access = findAccess(family, options)
            found[family] = access
            clocks[family] = stampsArrive(family) ? .kernel : .user
        }
        return EngineCapabilities(
            icmpV4: found[.v4] ?? .none,
            icmpV6: found[.v6] ?? .none,
            clocks: clocks,
            canMark: canMark()
        )
    }

    private static func findAccess(
        _ family: AddressFamily,
        _ options: EngineOptions
    ) -> EngineCapabilities.ICMPAccess {
        if !options.avoidsRawSockets, (try? Socket(family, .rawICMP)) != nil { return .raw }
        return (try? Socket(family, .pingICMP)) != nil ? .ping : .none
    }

    private static func canMark() -> Bool {
        guard let socket = try? Socket(.v4, .datagram) else { return false }
        return (try? socket.set(.mark, 1)) != nil
    }

    /// A datagram to ourselves over loopback: both stamps must come and be in order. The kernel turns stamping on
    /// with some delay, so it is tried a few times.
    private static func stampsArrive(_ family: AddressFamily) -> Bool {
        let loopback: IPAddress = family == .v4 ? .v4(IPv4Address(127, 0, 0, 1)) : .v6(IPv6Address(high: 0, low: 1))
        guard let socket = try? Socket(family, .datagram),
            (try? socket.bind(to: SocketAddress(loopback))) != nil,
            let address = try? socket.localAddress(),
            (try? socket.enable(.kernel)) != nil,
            let epoll = try? Epoll(capacity: 4),
            (try? epoll.add(socket.number, .readable, token: 0)) != nil
        else { return false }
        let batch = ReceiveBatch(capacity: 4)
        for _ in 0..<10 {
            guard (try? socket.send([0], to: address)) != nil else { return false }
            var transmitted: Int64 = 0
            var received: Int64 = 0
            for _ in 0..<4 where transmitted == 0 || received == 0 {
                _ = try? epoll.wait(.milliseconds(5))
                transmitted = max(transmitted, newestStamp(socket, batch, errors: true))
                received = max(received, newestStamp(socket, batch, errors: false))
            }
            if transmitted != 0, received >= transmitted { return true }
        }
        return false
    }

    private static func newestStamp(_ socket: Socket, _ batch: ReceiveBatch, errors: Bool) -> Int64 {
        guard let count = try? batch.receive(from: socket, errors: errors) else { return 0 }
        return (0..<count).map { batch.control($0).softwareStamp }.max() ?? 0
    }
}
