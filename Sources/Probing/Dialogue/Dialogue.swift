internal import COpenSSL
internal import Glibc
public import Model
public import Sockets
public import Wire

/// How a handshake is done and what it accepts.
public struct DialogueTLS: Sendable, Equatable {
    /// The name in SNI and the certificate.
    public var serverName: String
    public var caFile: String?
    public var certificateFile: String?
    public var keyFile: String?
    public var skipsVerification = false
    /// `TLS10` to `TLS13`.
    public var minimumVersion: String?
    public var maximumVersion: String?

    public init(serverName: String) {
        self.serverName = serverName
    }
}

/// A TCP connection that is read and written until a moment in time: what `/probe` talks over. Every call blocks; used by
/// one thread, which must not be one that a SIGPIPE ends.
public final class Dialogue {
    private let socket: Socket
    private let end: MonotonicTime
    private var session: OpaquePointer?
    private var context: OpaquePointer?
    private var witness: TLSWitness?
    private let trust = TrustStore()

    /// Connects.
    public init(
        to address: SocketAddress,
        source: IPAddress?,
        until end: MonotonicTime
    ) throws(DialogueError) {
        self.end = end
        do throws(SystemError) {
            socket = try Socket(address.family, .stream)
            try socket.set(.noDelay, 1)
            if let source { try socket.bind(to: SocketAddress(source)) }
            guard try socket.connect(to: address) == .inProgress else { return }
        } catch {
            throw DialogueError(error)
        }
        guard socket.wait(for: POLLOUT, until: end) != 0 else {
            throw DialogueError(.timeout, "dial tcp \(address): i/o timeout")
        }
        let code = socket.takeError()
        guard code == 0 else { throw DialogueError(SystemError(code: code, operation: "connect \(address)")) }
    }

    deinit {
        if let session { SSL_free(session) }
        if let context { SSL_CTX_free(context) }
    }

    // MARK: TLS

    /// What the handshake has shown so far, also where it was refused; nil before a certificate came.
    public var shown: TLSFacts? { witness?.facts }

    /// Does the handshake of a client over the connection.
    /// - Returns: what it showed.
    public func startTLS(_ options: DialogueTLS) throws(DialogueError) -> TLSFacts {
        guard session == nil else { throw DialogueError(.internal, "TLS has begun already") }
        guard let store = trust.store(for: options.caFile) else {
            throw DialogueError(
                .internal,
                "no certificates can be read from \(options.caFile ?? "the system's folder")"
            )
        }
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw DialogueError(.internal, "no memory") }
        self.context = context
        let witness = TLSWitness(
            host: options.serverName,
            store: store,
            book: trust.book,
            isTolerant: options.skipsVerification,
            completed: {}
        )
        self.witness = witness
        witness.attach(to: context)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        try configure(context, options)
        guard let session = SSL_new(context) else { throw DialogueError(.internal, "no memory") }
        self.session = session
        SSL_set_fd(session, socket.number)
        if IPAddress(options.serverName) == nil { _ = copenssl_set_server_name(session, options.serverName) }
        SSL_set_connect_state(session)
        while true {
            ERR_clear_error()
            let result = SSL_do_handshake(session)
            if result == 1 { return witness.facts ?? TLSFacts() }
            guard try waits(SSL_get_error(session, result)) else {
                if let refusal = witness.refusal, !options.skipsVerification {
                    throw DialogueError(refusal, "x509: \(witness.facts?.verifyError ?? "the certificate is refused")")
                }
                throw DialogueError(.tlsHandshake, "the TLS handshake fails: \(Self.lastError)")
            }
        }
    }

    private func configure(_ context: OpaquePointer, _ options: DialogueTLS) throws(DialogueError) {
        let versions = [
            "TLS10": TLS1_VERSION, "TLS11": TLS1_1_VERSION, "TLS12": TLS1_2_VERSION, "TLS13": TLS1_3_VERSION,
        ]
        let least = options.minimumVersion.flatMap { versions[$0] } ?? TLS1_2_VERSION
        _ = copenssl_set_versions(context, least, options.maximumVersion.flatMap { versions[$0] } ?? 0)
        guard let certificate = options.certificateFile, let key = options.keyFile else { return }
        guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1,
            SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1
        else { throw DialogueError(.internal, "the client's certificate cannot be read: \(Self.lastError)") }
    }

    private static var lastError: String {
        var buffer = [CChar](repeating: 0, count: 256)
        let code = ERR_get_error()
        guard code != 0 else { return "the connection ended" }
        ERR_error_string_n(code, &buffer, buffer.count)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Waits for what OpenSSL wants.
    /// - Returns: false when it wants nothing that time can bring.
    private func waits(_ error: Int32) throws(DialogueError) -> Bool {
        let events: Int32
        switch error {
        case SSL_ERROR_WANT_READ: events = POLLIN
        case SSL_ERROR_WANT_WRITE: events = Int32(POLLOUT)
        default: return false
        }
        guard socket.wait(for: events, until: end) != 0 else { throw DialogueError(.timeout, "i/o timeout") }
        return true
    }

    // MARK: Bytes

    /// At most `most` bytes; none at the end of the stream.
    public func read(_ most: Int = 16_384) throws(DialogueError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: most)
        while true {
            guard SystemClock.monotonic() < end else { throw DialogueError(.timeout, "i/o timeout") }
            if let session {
                ERR_clear_error()
                let count = SSL_read(session, &buffer, Int32(clamping: most))
                if count > 0 { return Array(buffer.prefix(Int(count))) }
                let error = SSL_get_error(session, count)
                if error == SSL_ERROR_ZERO_RETURN { return [] }
                guard try waits(error) else { throw DialogueError(.reset, "read: \(Self.lastError)") }
            } else {
                let count = recv(socket.number, &buffer, most, Int32(MSG_DONTWAIT))
                if count >= 0 { return Array(buffer.prefix(count)) }
                guard errno == EAGAIN || errno == EINTR else {
                    throw DialogueError(SystemError(code: errno, operation: "read"))
                }
                guard socket.wait(for: POLLIN, until: end) != 0 else { throw DialogueError(.timeout, "i/o timeout") }
            }
        }
    }

    public func write(_ bytes: [UInt8]) throws(DialogueError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if let session {
                ERR_clear_error()
                let count = Array(rest).withUnsafeBytes {
                    SSL_write(session, $0.baseAddress, Int32(clamping: $0.count))
                }
                if count > 0 {
                    rest = rest.dropFirst(Int(count))
                } else if try !waits(SSL_get_error(session, count)) {
                    throw DialogueError(.reset, "write: \(Self.lastError)")
                }
            } else {
                let sent: Int?
                do throws(SystemError) {
                    sent = try socket.send(Array(rest))
                } catch {
                    throw DialogueError(error)
                }
                rest = rest.dropFirst(sent ?? 0)
                if sent == nil, socket.wait(for: Int32(POLLOUT), until: end) == 0 {
                    throw DialogueError(.timeout, "i/o timeout")
                }
            }
        }
    }
}
