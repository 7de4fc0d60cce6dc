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
        /// The answer's length is no number.
        case badLength
        case bodyTooLong
        /// The bodies of others fill the memory that is set aside for them.
        case noRoom
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
    var witness: TLSWitness?
    /// Of the handshake with the proxy itself.
    var proxyWitness: TLSWitness?
    var isProxyWitnessed = false
    /// Heads of the proxy's own answers, and of the service's.
    var proxyHeads: [HeadReader.Head] = []
    var head: HeadReader.Head?
    var headAt = MonotonicTime(nanoseconds: 0)
    var body: [UInt8] = []
    var bodyBytes: Int64 = 0
    var stop: Stop?
    /// Credentials themselves were sent, not only the wish to (NTLM's first message holds none).
    var wereCredentialsShown = false
    var reader = HeadReader()
    /// libcurl's own words about what went wrong, for the verdict alone.
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    var trailers: [HTTPResponse.Field] { reader.trailers }
    var lists: [UnsafeMutablePointer<curl_slist>] = []
    var boundSocket: Socket?
    /// Of all sockets that it opened.
    var socketNumbers: [Int32] = []
    /// What the answer said of the credentials; nil while none came after they were shown.
    var word: ProxyWord?
    /// The proxy has called a nonce stale and libcurl has tried the next.
    var wasStale = false
    var mayConnectAnew = false
    /// What the 407 before the credentials asked for.
    var asked: ProxyRealm?
    /// Called once, when an answer came that refuses nothing.
    var credentialsJudged: (() -> Void)?
    unowned let set: TransferSet
    let connections: (any ConnectionWitness)?
    /// What the witness gave for the connection.
    var ticket: UInt64?

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
        guard prepare(), watchProxy(trust), let store = Self.store(of: order, trust) else {
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
    static func store(of order: TransferOrder, _ trust: TrustStore) -> RootStore?? {
        guard order.isTLS else { return .some(nil) }
        return trust.store(for: order.caFile).map { .some($0) }
    }

    /// - Returns: false when its authorities cannot be read.
    func watchProxy(_ trust: TrustStore) -> Bool {
        guard let proxy = order.proxy, proxy.isSecured else { return true }
        guard let store = trust.store(for: proxy.caFile) else { return false }
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

    func prepare() -> Bool {
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

    static func own(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
        pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    static let prepareTLS: curl_ssl_ctx_callback = { _, context, own in
        guard let transfer = Transfer.own(own), let context, let witness = transfer.nextWitness() else {
            return CURLE_SSL_CERTPROBLEM
        }
        witness.attach(to: OpaquePointer(context))
        return CURLE_OK
    }

    /// libcurl asks for each handshake, first for the one with the proxy.
    func nextWitness() -> TLSWitness? {
        guard let proxyWitness, !isProxyWitnessed else { return witness }
        isProxyWitnessed = true
        return proxyWitness
    }
}
