internal import CCurl
internal import Glibc
internal import Model
internal import Sockets
internal import Wire

// Its socket, made and bound by us, and what the kernel says of it.
extension Transfer {
    static let openSocket: curl_opensocket_callback = { own, _, address in
        guard let transfer = Transfer.own(own), let family = address?.pointee.family else { return -1 }
        return transfer.makeSocket(family == AF_INET6 ? .v6 : .v4)
    }

    /// The guardian has aborted its connection.
    func wasCut() { if stop == nil { stop = .endless } }

    func makeSocket(_ family: AddressFamily) -> Int32 {
        guard stop == nil else { return -1 }
        guard !wereCredentialsShown || word == .accepted || mayConnectAnew else {
            stop = .connectionLost
            return -1
        }
        mayConnectAnew = false
        // A second connection begins with a handshake of its own.
        isProxyWitnessed = false
        do throws(SystemError) {
            let socket = try Socket(family, .stream)
            let pin = order.pin
            try socket.set(.noDelay, 1)
            try? socket.set(.receiveErrors(family), 1)
            if let mark = pin.mark { try socket.set(.mark, Int32(bitPattern: mark)) }
            if let dscp = pin.dscp { try socket.set(.trafficClass(family), Int32(dscp) << 2) }
            if let source = pin.source { try socket.bind(to: SocketAddress(source)) }
            if let interface = pin.interface {
                guard let index = Interface.index(of: interface) else {
                    throw SystemError(code: ENODEV, operation: "bind to \(interface)")
                }
                try socket.set(.boundInterface, index)
                boundSocket = socket
            }
            try expect(socket, family)
            set.keep(socket, of: self)
            socketNumbers.append(socket.number)
            timeline.start(at: SystemClock.monotonic().nanoseconds)
            return socket.number
        } catch {
            stop = .socket(error)
            return -1
        }
    }

    /// The port must be known before the SYN leaves, so that the kernel chooses it now. Of a port that is chosen so there is one for
    /// all targets together, and the search for a free one is long where many connections have just ended; so only where somebody
    /// watches, and a port that cannot be had is no failure of the probe.
    func expect(_ socket: Socket, _ family: AddressFamily) throws(SystemError) {
        guard let connections, connections.isWatching else { return }
        if order.pin.source == nil, (try? socket.bind(to: .any(family))) == nil { return }
        let local = try socket.localAddress().port
        ticket = connections.expect(
            ProbeConnection(localPort: local, remote: order.address, remotePort: order.connection.port)
        )
    }

    /// libcurl has called `connect`: the interface binds the SYN alone, an answer may come in elsewhere (contract §2).
    func socketIsUsed() {
        try? boundSocket?.set(.boundInterface, 0)
        boundSocket = nil
    }

    /// Looks at a socket before libcurl does.
    /// - Returns: whether the transfer is over by that.
    func socketIsReady(_ socket: Socket, _ ready: EpollInterest, _ batch: ReceiveBatch) -> Bool {
        if ready.contains(.error), let found = batch.connectionError(of: socket) {
            stop = .icmp(found.reason, router: found.router)
            return true
        }
        // TCP_SYN_SENT is 2: everything else has a handshake behind it, or an error that libcurl will see.
        if !timeline.isConnected, ready.contains(.writable), ready.isDisjoint(with: [.error, .hangup]),
            let state = try? socket.tcpInformation().state, state != 2
        {
            timeline.connected(at: SystemClock.monotonic().nanoseconds)
        }
        // Of a head that drips the first byte counts, not the first line. Inside TLS a record may hold something else.
        if ready.contains(.readable), !order.isTLS, !order.securesProxy {
            timeline.received(at: SystemClock.monotonic().nanoseconds)
        }
        return false
    }
}
