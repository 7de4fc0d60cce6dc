internal import CCurl
internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// One connection and what is asked over it, by libcurl, with stamps of our own. Used by one thread.
final class Transfer {
    /// Why we ended it ourselves.
    enum Stop: Equatable {
        /// The socket could not be made, bound or connected.
        case socket(SystemError)
        /// An ICMP error about the connection.
        case icmp(Reason, router: IPAddress?)
        case headTooLong
        case bodyTooLong
        /// The peer sends on and on what holds nothing, and its connection was cut.
        case endless
        /// The proxy goes on asking.
        case tooManyRounds
        /// Credentials have left and the connection is gone: libcurl would send them once more over a new one.
        case connectionLost
    }

    let easy: UnsafeMutableRawPointer
    let order: TransferOrder
    var timeline: Timeline
    private(set) var witness: TLSWitness?
    /// Of the handshake with the proxy itself.
    private(set) var proxyWitness: TLSWitness?
    private var isProxyWitnessed = false
    /// Heads of the proxy's own answers, and of the service's.
    private(set) var proxyHeads: [HeadReader.Head] = []
    private(set) var head: HeadReader.Head?
    private(set) var headAt = MonotonicTime(nanoseconds: 0)
    private(set) var body: [UInt8] = []
    private(set) var bodyBytes: Int64 = 0
    private(set) var stop: Stop?
    /// Credentials themselves were sent, not only the wish to (NTLM's first message holds none).
    private(set) var wereCredentialsShown = false
    private var reader = HeadReader()
    /// libcurl's own words about what went wrong, for the verdict alone.
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    var trailers: [HTTPResponse.Field] { reader.trailers }
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var boundSocket: Socket?
    /// Of all sockets that it opened.
    private(set) var socketNumbers: [Int32] = []
    /// What the answer said of the credentials; nil while none came after they were shown.
    private(set) var word: ProxyWord?
    /// The proxy has called a nonce stale and libcurl has tried the next.
    private(set) var wasStale = false
    private var mayConnectAnew = false
    /// What the 407 before the credentials asked for.
    private var asked: ProxyRealm?
    /// Called once, when an answer came that refuses nothing.
    var credentialsJudged: ((ProxyWord) -> Void)?
    private unowned let set: TransferSet
    private let connections: (any ConnectionWitness)?
    /// What the witness gave for the connection.
    private(set) var ticket: UInt64?

    /// Bytes of a body that are read; nobody waits for more.
    static let mostBody: Int64 = 16 << 20
    static let mostRounds = 5

    /// nil when libcurl has no memory or does not take an option.
    init?(
        _ order: TransferOrder,
        trust: TrustStore,
        set: TransferSet,
        witness connections: (any ConnectionWitness)? = nil
    ) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.order = order
        self.set = set
        self.connections = connections
        let now = SystemClock.monotonic().nanoseconds
        timeline = Timeline(
            at: now,
            usesProxy: order.proxy != nil,
            tunnels: order.tunnels,
            isTLS: order.isTLS,
            securesProxy: order.securesProxy
        )
        guard prepare(), watchProxy(trust, now), let store = Self.store(of: order, trust, now) else {
            curl_easy_cleanup(easy)
            return nil
        }
        if let store {
            let isTolerant = order.tls.skipsVerification
            witness = TLSWitness(
                host: order.target.host,
                store: store,
                book: trust.book,
                isTolerant: isTolerant
            ) { [unowned self] in
                timeline.secured(at: SystemClock.monotonic().nanoseconds)
            }
        }
    }

    /// - Returns: nil within where none is needed; nil where there is none and it is needed.
    private static func store(of order: TransferOrder, _ trust: TrustStore, _ now: Int64) -> OpaquePointer?? {
        guard order.isTLS else { return .some(nil) }
        return trust.store(for: order.caFile, now: now).map { .some($0) }
    }

    /// - Returns: false when its authorities cannot be read.
    private func watchProxy(_ trust: TrustStore, _ now: Int64) -> Bool {
        guard let proxy = order.proxy, proxy.isSecured else { return true }
        guard let store = trust.store(for: proxy.caFile, now: now) else { return false }
        proxyWitness = TLSWitness(host: proxy.host, store: store, book: trust.book) { [unowned self] in
            timeline.securedProxy(at: SystemClock.monotonic().nanoseconds)
        }
        return true
    }

    /// Its handle is gone by now.
    deinit {
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// What libcurl says of the failure; may be empty.
    var failureText: String { String(cString: errorText) }

    /// The system's number behind the failure of a connection; 0 for none.
    var systemError: Int32 {
        var code = 0
        ccurl_get_long(easy, CURLINFO_OS_ERRNO, &code)
        return Int32(truncatingIfNeeded: code)
    }

    // MARK: Options

    private func prepare() -> Bool {
        let options = TransferOptions(order)
        var isGood = true
        for (option, value) in options.numbers { isGood = ccurl_set_long(easy, option, value) == CURLE_OK && isGood }
        for (option, value) in options.texts { isGood = ccurl_set_string(easy, option, value) == CURLE_OK && isGood }
        for (option, lines) in options.lists where !lines.isEmpty {
            var list: UnsafeMutablePointer<curl_slist>?
            for line in lines { list = curl_slist_append(list, line) ?? list }
            if let list { lists.append(list) }
            isGood = ccurl_set_list(easy, option, list) == CURLE_OK && isGood
        }
        if let body = order.question.body { isGood = ccurl_set_body(easy, body, body.count) == CURLE_OK && isGood }
        // The roots are ours and read once; libcurl would parse the system's file for each connection.
        ccurl_set_pointer(easy, CURLOPT_CAINFO, nil)
        ccurl_set_pointer(easy, CURLOPT_CAPATH, nil)
        let own = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_open_socket(easy, Self.openSocket, own)
        ccurl_set_data_function(easy, CURLOPT_HEADERFUNCTION, Self.takeHeader)
        ccurl_set_pointer(easy, CURLOPT_HEADERDATA, own)
        ccurl_set_data_function(easy, CURLOPT_WRITEFUNCTION, Self.takeBody)
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, own)
        ccurl_set_debug(easy, Self.watchTraffic, own)
        errorText[0] = 0
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        ccurl_set_pointer(easy, CURLOPT_PROXY_CAINFO, nil)
        ccurl_set_pointer(easy, CURLOPT_PROXY_CAPATH, nil)
        // Who judges certificates is not to be left out: a library without this option must not go on.
        guard order.isTLS || order.securesProxy else { return isGood }
        return ccurl_set_tls_context(easy, Self.prepareTLS, own) == CURLE_OK && isGood
    }

    private static func own(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
        pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: The socket

    private static let openSocket: curl_opensocket_callback = { own, _, address in
        guard let transfer = Transfer.own(own), let family = address?.pointee.family else { return -1 }
        return transfer.makeSocket(family == AF_INET6 ? .v6 : .v4)
    }

    /// The guardian has aborted its connection.
    func wasCut() { if stop == nil { stop = .endless } }

    private func makeSocket(_ family: AddressFamily) -> Int32 {
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
    private func expect(_ socket: Socket, _ family: AddressFamily) throws(SystemError) {
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
        if ready.contains(.error), let found = Self.queuedError(socket, batch) {
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

    private static func queuedError(_ socket: Socket, _ batch: ReceiveBatch) -> (reason: Reason, router: IPAddress?)? {
        guard let count = try? batch.receive(from: socket, errors: true) else { return nil }
        for index in 0..<count {
            guard let error = batch.control(index).error, error.origin == .icmp || error.origin == .icmpv6 else {
                continue
            }
            let kind = ICMPErrorKind(
                family: socket.family,
                type: error.icmpType,
                code: error.icmpCode,
                mtu: error.information
            )
            if let reason = Reason(kind) { return (reason, error.offender?.address) }
        }
        return nil
    }

    // MARK: TLS

    private static let prepareTLS: curl_ssl_ctx_callback = { _, context, own in
        guard let transfer = Transfer.own(own), let context, let witness = transfer.nextWitness() else {
            return CURLE_SSL_CERTPROBLEM
        }
        witness.attach(to: OpaquePointer(context))
        return CURLE_OK
    }

    /// libcurl asks for each handshake, first for the one with the proxy.
    private func nextWitness() -> TLSWitness? {
        guard let proxyWitness, !isProxyWitnessed else { return witness }
        isProxyWitnessed = true
        return proxyWitness
    }

    // MARK: What comes and goes

    private static let takeHeader: ccurl_data_function = { bytes, size, count, own in
        guard let bytes, let transfer = Transfer.own(own) else { return 0 }
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return transfer.take(header: Array(line)) ? size * count : 0
    }

    private func take(header line: [UInt8]) -> Bool {
        timeline.received(at: SystemClock.monotonic().nanoseconds)
        switch reader.take(line) {
        case .line: return true
        case .head(let head): return take(head)
        case .tooLong:
            stop = .headTooLong
            return false
        }
    }

    private func take(_ head: HeadReader.Head) -> Bool {
        let now = SystemClock.monotonic()
        guard head.status >= 200 else { return true }
        // A plain proxy's 407 stands where the service's answer would.
        if timeline.current == .proxyTunnel || isPlainRefusal(head) {
            proxyHeads.append(head)
            guard proxyHeads.count(where: { $0.status == 407 }) < Self.mostRounds else {
                stop = .tooManyRounds
                return false
            }
            if (200...299).contains(head.status) { timeline.tunnelled(at: now.nanoseconds) }
            // It says all that can be known, and the next try has a connection of its own: nobody waits for its body.
            if head.status == 407, order.scheme == nil { return false }
        } else {
            self.head = head
            headAt = now
            body.removeAll()
            bodyBytes = 0
        }
        return takeWord(of: head)
    }

    /// Whether a proxy that forwards says 407 itself, and not the service behind it.
    private func isPlainRefusal(_ head: HeadReader.Head) -> Bool {
        guard order.proxy != nil, !order.tunnels, head.status == 407 else { return false }
        return isProxys(head)
    }

    private func isProxys(_ head: HeadReader.Head) -> Bool {
        guard wereCredentialsShown, let realm else { return true }
        return realm.asks(in: Self.challenges(head))
    }

    private static func challenges(_ head: HeadReader.Head) -> [AuthenticationChallenge] {
        head.values(of: "proxy-authenticate").flatMap { AuthenticationChallenge.parse($0.utf8) }
    }

    /// How the proxy asked for the credentials when it had seen none.
    var realm: ProxyRealm? {
        guard let scheme = order.scheme else { return nil }
        return asked ?? (order.realm?.scheme == scheme ? order.realm : nil)
    }

    /// - Returns: whether to go on: credentials that are refused are not shown by libcurl's own second try.
    private func takeWord(of head: HeadReader.Head) -> Bool {
        guard let scheme = order.scheme, wereCredentialsShown, word == nil else {
            if let scheme = order.scheme, head.status == 407 { asked = ProxyRealm(scheme, in: Self.challenges(head)) }
            return true
        }
        let challenges = Self.challenges(head)
        let isOwn = order.tunnels || head.status != 407 || isProxys(head)
        let word: ProxyWord =
            isOwn
            ? ProxyWord(status: head.status, challenges: challenges, tunnels: order.tunnels, scheme: scheme)
            : .unclear
        switch word {
        case .goesOn:
            if scheme == .negotiate { return true }
            stop = .connectionLost
            return false
        // The new nonce is in this very challenge (RFC 7616 §3.3), and libcurl answers it over one more connection.
        case .stale where !wasStale:
            wasStale = true
            mayConnectAnew = true
            return true
        case .refused, .stale:
            self.word = word
            return false
        case .accepted, .unclear:
            self.word = word
            credentialsJudged?(word)
            credentialsJudged = nil
            return true
        }
    }

    private static let takeBody: ccurl_data_function = { bytes, size, count, own in
        guard let bytes, let transfer = Transfer.own(own) else { return 0 }
        let taken = UnsafeRawBufferPointer(start: bytes, count: size * count)
        transfer.bodyBytes += Int64(taken.count)
        let room = transfer.order.keptBody - transfer.body.count
        if room > 0 { transfer.body += taken.prefix(room) }
        guard transfer.bodyBytes <= Transfer.mostBody else {
            transfer.stop = .bodyTooLong
            return 0
        }
        return taken.count
    }

    private static let watchTraffic: curl_debug_callback = { _, kind, bytes, size, own in
        guard kind == CURLINFO_HEADER_OUT, let bytes, let transfer = Transfer.own(own) else { return 0 }
        transfer.sent(UnsafeRawBufferPointer(start: bytes, count: size))
        return 0
    }

    /// A head has left. Its credentials are noticed and not kept.
    private func sent(_ head: UnsafeRawBufferPointer) {
        timeline.requested(at: SystemClock.monotonic().nanoseconds)
        if order.scheme != nil, SentCredentials.areShown(in: head) { wereCredentialsShown = true }
    }
}
