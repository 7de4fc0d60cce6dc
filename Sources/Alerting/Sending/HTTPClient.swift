import CCurl
import Model
import Sockets
import Synchronization

/// One request with a body in JSON.
struct HTTPRequest: Sendable {
    var url: String
    var body: [UInt8]
    var authorization: ReceiverSettings.Authorization = .none
    var caFile: String?
    var proxy: String?
    var connectTimeout: Duration
    var timeout: Duration
}

/// One receiver's HTTP connection, kept open between requests. Used by one thread; only `cancel` is for others.
// @unchecked: the handles never change; another thread touches `multi` by curl_multi_wakeup alone, which libcurl
// allows from any thread. Reference counting ends the handles when no thread has them any more.
final class HTTPClient: @unchecked Sendable {
    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private let isCancelled = Atomic(false)

    private static let isReady: Bool = ccurl_global_init() == CURLE_OK

    /// nil when libcurl has no memory.
    init?() {
        guard Self.isReady, let easy = curl_easy_init() else { return nil }
        guard let multi = curl_multi_init() else {
            curl_easy_cleanup(easy)
            return nil
        }
        self.easy = easy
        self.multi = multi
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
    }

    /// Ends the request under way and all later ones.
    func cancel() {
        isCancelled.store(true, ordering: .releasing)
        curl_multi_wakeup(multi)
    }

    /// Sends the request and waits for its answer, `timeout` at most. No redirect is followed, no proxy of the
    /// environment used, no `100 Continue` awaited.
    func post(_ request: HTTPRequest) -> HTTPResult {
        let response = ResponseBody()
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(headers) }
        for line in ["Content-Type: application/json", "Accept: application/json", "Expect:"] {
            headers = curl_slist_append(headers, line) ?? headers
        }
        curl_easy_reset(easy)
        do {
            guard try prepare(request), ccurl_set_list(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK else {
                return .failed("libcurl does not take the request's options")
            }
        } catch {
            return .failed("\(error)")
        }
        return withExtendedLifetime(response) {
            ccurl_set_data_function(easy, CURLOPT_WRITEFUNCTION, ResponseBody.receive)
            ccurl_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(response).toOpaque())
            return perform(response)
        }
    }

    private func prepare(_ request: HTTPRequest) throws(SecretError) -> Bool {
        var isGood = true
        func set(_ option: CURLoption, _ value: Int) {
            isGood = ccurl_set_long(easy, option, value) == CURLE_OK && isGood
        }
        func set(_ option: CURLoption, _ value: String) {
            isGood = ccurl_set_string(easy, option, value) == CURLE_OK && isGood
        }
        set(CURLOPT_URL, request.url)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_USERAGENT, "netprobe")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_PROXY, request.proxy ?? "")
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(request.connectTimeout.nanoseconds / 1_000_000)))
        set(CURLOPT_TIMEOUT_MS, max(1, Int(request.timeout.nanoseconds / 1_000_000)))
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_MAXAGE_CONN, 600)
        if let file = request.caFile { set(CURLOPT_CAINFO, file) }
        switch request.authorization {
        case .none: break
        case .basic(let user, let password):
            set(CURLOPT_HTTPAUTH, Int(1 << 0 as UInt))
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, try password.reveal())
        case .bearer(let token):
            set(CURLOPT_HTTPAUTH, Int(1 << 6 as UInt))
            set(CURLOPT_XOAUTH2_BEARER, try token.reveal())
        }
        isGood = ccurl_set_body(easy, request.body, request.body.count) == CURLE_OK && isGood
        return isGood
    }

    private func perform(_ response: ResponseBody) -> HTTPResult {
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
            return .failed("libcurl does not take the request")
        }
        defer { curl_multi_remove_handle(multi, easy) }
        var running: Int32 = 1
        while true {
            if isCancelled.load(ordering: .acquiring) { return .cancelled }
            guard curl_multi_perform(multi, &running) == CURLM_OK else { return .failed("libcurl failed") }
            if running == 0 { break }
            guard curl_multi_poll(multi, nil, 0, 1000, nil) == CURLM_OK else { return .failed("libcurl cannot wait") }
        }
        let result = ccurl_multi_result(multi)
        guard result == 0 else {
            let code = CURLcode(rawValue: UInt32(max(0, result)))
            return .failed(String(cString: curl_easy_strerror(code)))
        }
        var status = 0
        ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return .status(status, detail: response.line)
    }
}

/// The beginning of an answer's body; the rest is read and thrown away.
private final class ResponseBody {
    private var bytes: [UInt8] = []

    /// Fit for one line of a log.
    var line: String {
        String(decoding: bytes.map { (32..<127).contains($0) ? $0 : UInt8(ascii: " ") }, as: UTF8.self)
    }

    static let receive: ccurl_data_function = { data, size, count, context in
        guard let data, let context else { return 0 }
        let body = Unmanaged<ResponseBody>.fromOpaque(context).takeUnretainedValue()
        let room = min(size * count, 300 - body.bytes.count)
        body.bytes += UnsafeRawBufferPointer(start: data, count: max(0, room))
        return size * count
    }
}
