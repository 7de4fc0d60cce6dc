internal import CCurl
internal import Glibc
internal import Model
internal import Sockets

/// All transfers under way: libcurl's multi handle, driven by an epoll set of ours. Used by one thread.
final class TransferSet {
    private struct Watch {
        var generation: UInt32
        /// Of the transfer, as its address is a number that libcurl gives back.
        var easy: UnsafeMutableRawPointer
    }

    private let multi: UnsafeMutableRawPointer
    private let epoll: Epoll
    private var watches: [Int32: Watch] = [:]
    private var nextGeneration: UInt32 = 0
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    /// The sockets of all connections, with the transfer that opened each; closed when libcurl says so.
    private var sockets: [Int32: (socket: Socket, easy: UnsafeMutableRawPointer)] = [:]
    /// When libcurl wants to be called; nil for never.
    private(set) var wakeAt: Int64?
    private let batch = ReceiveBatch(capacity: 4, payloadSize: 64, controlSize: 256)
    private let guardian: TransferWatch
    private var wasCut = false

    /// Every token of this set has this bit.
    static let tokenBit: UInt64 = 1 << 63

    private static let isReady: Bool = ccurl_global_init() == CURLE_OK

    /// nil when libcurl has no memory.
    /// - Throws: when a thread cannot be had.
    init?(epoll: Epoll) throws(SystemError) {
        guard Self.isReady, let multi = curl_multi_init() else { return nil }
        do throws(SystemError) {
            guardian = try TransferWatch()
        } catch {
            curl_multi_cleanup(multi)
            throw error
        }
        self.multi = multi
        self.epoll = epoll
        let own = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_socket(
            multi,
            { easy, descriptor, action, own, _ in
                guard let easy, let own else { return 0 }
                Unmanaged<TransferSet>.fromOpaque(own).takeUnretainedValue().watch(descriptor, action, of: easy)
                return 0
            },
            own
        )
        ccurl_multi_set_timer(
            multi,
            { _, milliseconds, own in
                guard let own else { return 0 }
                let set = Unmanaged<TransferSet>.fromOpaque(own).takeUnretainedValue()
                let now = SystemClock.monotonic().nanoseconds
                set.wakeAt = milliseconds < 0 ? nil : now &+ Int64(milliseconds) &* 1_000_000
                return 0
            },
            own
        )
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 1)
    }

    deinit {
        _ = guardian.during {
            for easy in transfers.keys {
                curl_multi_remove_handle(multi, easy)
                curl_easy_cleanup(easy)
            }
            curl_multi_cleanup(multi)
        }
        guardian.stop()
        for (_, kept) in sockets { kept.socket.relinquish() }
    }

    // MARK: What libcurl wants

    private func watch(_ descriptor: Int32, _ action: Int32, of easy: UnsafeMutableRawPointer) {
        transfers[easy]?.socketIsUsed()
        guard action != CURL_POLL_REMOVE else {
            guardian.forget(descriptor)
            if watches.removeValue(forKey: descriptor) != nil { try? epoll.remove(descriptor) }
            return
        }
        var interest: EpollInterest = []
        if action & CURL_POLL_IN != 0 { interest.insert(.readable) }
        if action & CURL_POLL_OUT != 0 { interest.insert(.writable) }
        let isKnown = watches[descriptor] != nil
        if !isKnown {
            nextGeneration = (nextGeneration &+ 1) & 0x7FFF_FFFF
            watches[descriptor] = Watch(generation: nextGeneration, easy: easy)
        }
        watches[descriptor]?.easy = easy
        if let kept = sockets[descriptor] { guardian.watch(kept.socket, of: UInt(bitPattern: easy)) }
        let token = Self.tokenBit | UInt64(watches[descriptor]?.generation ?? 0) << 32 | UInt64(UInt32(descriptor))
        if isKnown {
            try? epoll.modify(descriptor, interest, token: token)
        } else {
            try? epoll.add(descriptor, interest, token: token)
        }
    }

    func keep(_ socket: Socket, of transfer: Transfer) {
        sockets[socket.number]?.socket.relinquish()
        sockets[socket.number] = (socket, transfer.easy)
    }

    /// libcurl is done with a socket.
    static let closeSocket: curl_closesocket_callback = { own, descriptor in
        guard let own else { return 0 }
        let set = Unmanaged<TransferSet>.fromOpaque(own).takeUnretainedValue()
        set.guardian.forget(descriptor)
        set.sockets[descriptor] = nil
        return 0
    }

    // MARK: What the loop tells

    /// - Returns: nil when libcurl does not take it.
    func start(_ transfer: Transfer) -> Bool {
        transfers[transfer.easy] = transfer
        ccurl_set_close_socket(transfer.easy, Self.closeSocket, Unmanaged.passUnretained(self).toOpaque())
        var code = CURLM_OK
        call { code = curl_multi_add_handle(multi, transfer.easy) }
        guard code == CURLM_OK else {
            transfers[transfer.easy] = nil
            curl_easy_cleanup(transfer.easy)
            return false
        }
        return true
    }

    /// Ends a transfer, its connection and its handle.
    func end(_ transfer: Transfer) {
        guard transfers.removeValue(forKey: transfer.easy) != nil else { return }
        call {
            curl_multi_remove_handle(multi, transfer.easy)
            curl_easy_cleanup(transfer.easy)
        }
        // A socket whose connection never came about libcurl closes without a word; its number may be another's by now.
        for number in transfer.socketNumbers where sockets[number]?.easy == transfer.easy {
            guardian.forget(number)
            sockets.removeValue(forKey: number)?.socket.relinquish()
        }
    }

    /// Calls libcurl for a time that has an end.
    private func call(_ body: () -> Void) {
        for owner in guardian.during(body) {
            wasCut = true
            UnsafeMutableRawPointer(bitPattern: owner).flatMap { transfers[$0] }?.wasCut()
        }
    }

    /// Whether a call had to be ended by force since the last question.
    func takeCut() -> Bool {
        defer { wasCut = false }
        return wasCut
    }

    /// The transfer whose socket an event of epoll is about; nil for one that is gone.
    func transfer(of event: Epoll.Event) -> Transfer? {
        let generation = UInt32(truncatingIfNeeded: event.token >> 32) & 0x7FFF_FFFF
        guard let watch = watches[Self.descriptor(of: event)], watch.generation == generation else { return nil }
        return transfers[watch.easy]
    }

    private static func descriptor(of event: Epoll.Event) -> Int32 {
        Int32(truncatingIfNeeded: event.token & 0xFFFF_FFFF)
    }

    /// Lets libcurl go on with the transfer of an event.
    /// - Returns: the transfer, where it is over by what its socket says.
    func ready(_ event: Epoll.Event) -> Transfer? {
        guard let transfer = transfer(of: event) else { return nil }
        let descriptor = Self.descriptor(of: event)
        if let kept = sockets[descriptor], transfer.socketIsReady(kept.socket, event.ready, batch) { return transfer }
        var mask: Int32 = 0
        if event.ready.contains(.readable) { mask |= CURL_CSELECT_IN }
        if event.ready.contains(.writable) { mask |= CURL_CSELECT_OUT }
        if !event.ready.isDisjoint(with: [.error, .hangup]) { mask |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        call { curl_multi_socket_action(multi, descriptor, mask, &running) }
        return nil
    }

    /// Calls libcurl when its time has come.
    func tick(at now: Int64) {
        guard let time = wakeAt, time <= now else { return }
        wakeAt = nil
        var running: Int32 = 0
        call { curl_multi_socket_action(multi, curl_socket_t(-1) /* CURL_SOCKET_TIMEOUT */, 0, &running) }
    }

    /// The next transfer that has ended by itself; it is in the set until `end`.
    func nextDone() -> (transfer: Transfer, code: CURLcode)? {
        var code = CURLE_OK
        while let easy = ccurl_multi_next_done(multi, &code) {
            if let transfer = transfers[easy] { return (transfer, code) }
        }
        return nil
    }
}
