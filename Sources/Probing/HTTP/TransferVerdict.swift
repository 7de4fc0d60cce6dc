internal import CCurl
internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// Everything about an ended transfer that decides what it means; values only, so that the table can be tested.
struct TransferEnd {
    var code: CURLcode
    var systemError: Int32 = 0
    var stop: Transfer.Stop?
    /// What libcurl says of it; may be empty.
    var text = ""
    /// The phase in which it ended.
    var phase: PhaseName
    var usesProxy: Bool
    /// A handshake of authentication had begun, and no credentials were shown.
    var wasNegotiating = false
    /// Statuses of the proxy's own answers.
    var proxyStatuses: [Int] = []
    /// Status of the service's answer.
    var status: Int?
    /// Of the proxy's own certificate.
    var proxyRefusal: Reason?
    var proxyTLSError: String?
    var tlsRefusal: Reason?
    var tlsError: String?
    var pin: Pin = .none
}

/// Why a transfer failed: exactly one reason of contract §8. Pure.
struct TransferFailure: Equatable {
    var result: Outcome.Result
    var message: String
    var responder: IPAddress?

    init(_ reason: Reason, _ message: String, responder: IPAddress? = nil) {
        result = .failed(reason)
        self.message = message
        self.responder = responder
    }

    private init(_ failure: SendFailure) {
        result = failure.result
        message = failure.message
    }

    private init(overload message: String) {
        result = .invalid(.overload)
        self.message = message
    }

    /// - Returns: nil for a transfer that came to its end; what the answer is worth is for others to say.
    init?(_ end: TransferEnd) {
        if let stop = end.stop {
            self.init(stop, end)
            return
        }
        guard end.code != CURLE_OK else { return nil }
        if let refusal = end.proxyRefusal {
            self.init(refusal, "the proxy's certificate is refused: \(end.proxyTLSError ?? "")")
            return
        }
        if let refusal = end.tlsRefusal {
            self.init(refusal, "the certificate is refused: \(end.tlsError ?? "")")
            return
        }
        if let status = end.proxyStatuses.last, end.phase == .proxyTunnel, status != 407 {
            self.init(.proxyDenied, "the proxy answers CONNECT with \(status)")
            return
        }
        let text = curl_easy_strerror(end.code).map { String(cString: $0) } ?? "libcurl: \(end.code.rawValue)"
        switch end.phase {
        case .resolve, .connect, .proxyConnect: self.init(connecting: end, text)
        case .proxyTunnel: self.init(tunnelling: end, text)
        case .tls: self.init(securing: end, text)
        case .request, .firstByte, .transfer: self.init(exchanging: end, text)
        }
    }

    private init(_ stop: Transfer.Stop, _ end: TransferEnd) {
        switch stop {
        case .socket(let error):
            let isUsable = error.code != ENODEV && error.code != ENETDOWN
            self.init(SendFailure(error, pin: end.pin, interfaceUsable: isUsable))
        case .icmp(let reason, let router):
            self.init(reason, "an ICMP error about the connection", responder: router)
        case .headTooLong where end.phase == .proxyTunnel, .endless where end.phase == .proxyTunnel:
            self.init(.proxyProtocol, "the proxy's answer has no end")
        case .endless where end.status != nil:
            self.init(.httpBody, "the answer goes on and on without content")
        case .endless where end.phase == .tls || end.phase == .proxyConnect:
            self.init(.tlsHandshake, "the peer sends on and on in the TLS handshake")
        case .endless:
            self.init(.httpStatus, "the peer sends on and on and no answer")
        case .headTooLong:
            self.init(.httpStatus, "the head of the answer is larger than \(HeadReader.mostBytes >> 10) KiB")
        case .badLength:
            self.init(.httpStatus, "the Content-Length of the answer is no number (RFC 9110 §8.6)")
        case .bodyTooLong:
            self.init(.httpBody, "the body is larger than \(Transfer.mostBody >> 20) MiB")
        case .noRoom:
            self.init(overload: "the bodies of other requests take all the memory that is set aside for them")
        case .tooManyRounds:
            self.init(.proxyProtocol, "the proxy goes on asking: \(end.proxyStatuses.count) rounds")
        case .connectionLost:
            self.init(.proxyProtocol, "the proxy breaks the connection after it was shown the credentials")
        }
    }

    private init(connecting end: TransferEnd, _ text: String) {
        let whom = end.usesProxy ? "the proxy" : "the host"
        switch end.systemError {
        case ECONNREFUSED where end.usesProxy: self.init(.proxyRefused, "the proxy refuses the connection")
        case ECONNREFUSED: self.init(.refused, "the host refuses the connection")
        case ECONNRESET, EPIPE: self.init(.reset, "\(whom) resets the connection")
        case ETIMEDOUT: self.init(.timeout, "no connection to \(whom)")
        case EHOSTUNREACH: self.init(.unreachableHost, "no way to \(whom)")
        case 0 where end.code == CURLE_SSL_CONNECT_ERROR || end.code == CURLE_PEER_FAILED_VERIFICATION:
            self.init(.tlsHandshake, "the TLS handshake with \(whom) fails: \(text)")
        case 0: self.init(.internal, text)
        default:
            let error = SystemError(code: end.systemError, operation: "connect")
            self.init(SendFailure(error, pin: end.pin, interfaceUsable: true))
        }
    }

    private init(tunnelling end: TransferEnd, _ text: String) {
        let reason = Reason.proxyProtocol
        if end.wasNegotiating || end.proxyStatuses.contains(407) {
            self.init(reason, "the proxy breaks the connection in the middle of the authentication: \(text)")
        } else {
            self.init(reason, "the proxy gives no answer to CONNECT that can be read: \(text)")
        }
    }

    private init(securing end: TransferEnd, _ text: String) {
        switch (end.code, end.systemError) {
        case (_, ECONNRESET), (_, EPIPE): self.init(.reset, "the connection is reset in the TLS handshake")
        default: self.init(.tlsHandshake, "the TLS handshake fails: \(text)")
        }
    }

    /// The name of the alert (RFC 8446 §6) in OpenSSL's words.
    private static func alert(_ text: String) -> String {
        guard let range = text.firstRange(of: " alert ") else { return "" }
        return String(text[range.upperBound...].prefix { $0.isLetter || $0 == " " })
    }

    private init(exchanging end: TransferEnd, _ text: String) {
        switch end.code {
        // TLS 1.3 tells the server's view of our certificate after the handshake (RFC 8446 §4.4.2.4).
        case CURLE_RECV_ERROR where end.text.contains(" alert "):
            self.init(.tlsHandshake, "the peer ends TLS with an alert: \(Self.alert(end.text))")
        case CURLE_RECV_ERROR where end.text.contains("chunked-encoding"):
            self.init(.httpBody, "the body is not whole: its chunks cannot be read")
        case CURLE_HTTP2 where end.systemError == 0:
            self.init(end.status == nil ? .httpStatus : .httpBody, "the peer does not speak HTTP/2 as it must: \(text)")
        // libcurl bounds a single line.
        case CURLE_OUT_OF_MEMORY where end.phase != .request && end.status == nil:
            self.init(.httpStatus, "a line of the answer's head has no end")
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            if end.usesProxy, end.wasNegotiating || end.proxyStatuses.contains(407), end.status == nil {
                self.init(.proxyProtocol, "the proxy breaks the connection in the middle of the authentication")
            } else {
                self.init(.reset, "the connection ends without a whole answer: \(text)")
            }
        case CURLE_PARTIAL_FILE, CURLE_WRITE_ERROR, CURLE_BAD_CONTENT_ENCODING:
            self.init(.httpBody, "the body is not whole: \(text)")
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_BAD_FUNCTION_ARGUMENT: self.init(.internal, text)
        default: self.init(.httpStatus, "the answer is no HTTP: \(text)")
        }
    }
}
