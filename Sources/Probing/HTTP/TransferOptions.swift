internal import CCurl
internal import Model
internal import Wire

/// The options of libcurl that an order asks for.
struct TransferOptions {
    var numbers: [(CURLoption, Int)] = []
    var texts: [(CURLoption, String)] = []
    var lists: [(CURLoption, [String])] = []

    /// What netprobe calls itself to services.
    static let agent = "netprobe"

    /// The least that libcurl takes.
    static let bufferSize = 1024

    init(_ order: TransferOrder) {
        let (host, port) = order.connection
        texts = [
            (CURLOPT_URL, order.url), (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_USERAGENT, Self.agent),
            // Nothing of the environment decides how a probe goes.
            (CURLOPT_PROXY, ""), (CURLOPT_NOPROXY, ""),
        ]
        numbers = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_FRESH_CONNECT, 1), (CURLOPT_FORBID_REUSE, 1), (CURLOPT_VERBOSE, 1),
            (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_SUPPRESS_CONNECT_HEADERS, 0), (CURLOPT_HTTP09_ALLOWED, 0),
            (CURLOPT_SSL_SESSIONID_CACHE, 0), (CURLOPT_PATH_AS_IS, 1),
            // libcurl reads up to a hundred buffers in one call, and calls us for each chunk in them: with this a peer that
            // sends chunks of one byte holds the others for milliseconds.
            (CURLOPT_BUFFERSIZE, Self.bufferSize),
            // The witness compares the names where it judges the chain; libcurl would read them all once more.
            (CURLOPT_SSL_VERIFYHOST, 0), (CURLOPT_PROXY_SSL_VERIFYHOST, 0),
            // libcurl would keep the roots of its first transfer and judge every later one by them.
            (CURLOPT_CA_CACHE_TIMEOUT, 0),
            // The name was looked up by us; libcurl's own cache holds it for this transfer.
            (CURLOPT_DNS_CACHE_TIMEOUT, 1),
            (CURLOPT_HTTP_VERSION, Self.version(order)),
        ]
        let shown = order.address.isIPv4 ? "\(order.address)" : "[\(order.address)]"
        if IPAddress(host) == nil { lists.append((CURLOPT_RESOLVE, ["+\(host):\(port):\(shown)"])) }
        if order.depth != .request {
            numbers.append((CURLOPT_CONNECT_ONLY, 1))
        } else {
            addRequest(order.question)
        }
        if order.isTLS { add(order.tls) }
        if let proxy = order.proxy { add(proxy, order) }
    }

    private static func version(_ order: TransferOrder) -> Int {
        let question = order.question
        if question.requiresHTTP2, !order.isTLS { return Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE) }
        return Int(question.allowsHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
    }

    private mutating func add(_ tls: RequestTLS) {
        // OpenSSL asks the witness all the same; libcurl would look at its verdict once more.
        if tls.skipsVerification { numbers.append((CURLOPT_SSL_VERIFYPEER, 0)) }
        if let certificate = tls.certificateFile { texts.append((CURLOPT_SSLCERT, certificate)) }
        if let key = tls.keyFile { texts.append((CURLOPT_SSLKEY, key)) }
        // CURL_SSLVERSION_TLSv1_0 is 4, the greatest is the same shifted by 16 bits.
        let least = tls.leastMinorVersion.map { 4 + $0 } ?? 0
        let most = tls.mostMinorVersion.map { (4 + $0) << 16 } ?? 0
        if least | most != 0 { numbers.append((CURLOPT_SSLVERSION, least | most)) }
    }

    private mutating func addRequest(_ question: HTTPQuestion) {
        switch question.method {
        case "GET" where question.body == nil: break
        case "HEAD": numbers.append((CURLOPT_NOBODY, 1))
        default: texts.append((CURLOPT_CUSTOMREQUEST, question.method))
        }
        let lines = question.fields.map { field in
            // An empty value is written with `;`, else libcurl would leave the field out.
            field.value.isEmpty ? "\(Self.line(field.name));" : "\(Self.line(field.name)): \(Self.line(field.value))"
        }
        // libcurl would call every body a form.
        let names = question.fields.map { $0.name.lowercased() }
        let isTyped = question.body == nil || names.contains("content-type")
        // RFC 9110 §8.6: where the method is one that has content, its absence is said; some servers answer 411 else.
        let hasContent = question.body != nil || names.contains("content-length")
        let isEmpty = !hasContent && ["POST", "PUT", "PATCH"].contains(question.method)
        let further = ["Expect:"] + (isTyped ? [] : ["Content-Type:"]) + (isEmpty ? ["Content-Length: 0"] : [])
        lists.append((CURLOPT_HTTPHEADER, lines + further))
    }

    private mutating func add(_ proxy: ProxyServer, _ order: TransferOrder) {
        let shown = proxy.host.contains(":") ? "[\(proxy.host)]" : proxy.host
        texts.append((CURLOPT_PROXY, "\(proxy.isSecured ? "https" : "http")://\(shown):\(proxy.port)"))
        if order.tunnels { numbers.append((CURLOPT_HTTPPROXYTUNNEL, 1)) }
        guard let scheme = order.scheme, let credentials = proxy.credentials else { return }
        switch scheme {
        case .negotiate:
            // libcurl would ask GSS-API itself, and all others would wait for the KDC.
            lists.append((CURLOPT_PROXYHEADER, ["Proxy-Authorization: Negotiate \(order.token?.reveal() ?? "")"]))
        case .ntlm, .digest, .basic:
            numbers.append((CURLOPT_PROXYAUTH, scheme.bit))
            texts.append((CURLOPT_PROXYUSERNAME, credentials.username))
            texts.append((CURLOPT_PROXYPASSWORD, order.password?.reveal() ?? ""))
        }
    }

    /// One line of a head, whatever the configuration says.
    private static func line(_ text: String) -> String {
        String(decoding: text.utf8.map { $0 < 32 || $0 == 127 ? 32 : $0 }, as: UTF8.self)
    }
}

extension AuthenticationScheme {
    /// `CURLAUTH_…`, which are macros.
    fileprivate var bit: Int {
        switch self {
        case .basic: 1 << 0
        case .digest: 1 << 1
        case .negotiate: 1 << 2
        case .ntlm: 1 << 3
        }
    }
}
