internal import COpenSSL
internal import Model

/// Watches one handshake from inside OpenSSL: it judges the chain itself, so that the chain is on record also when it is
/// refused, and stamps the end.
final class TLSWitness {
    private(set) var facts: TLSFacts?
    /// Why the certificate is refused; nil while it is not.
    private(set) var refusal: Reason?
    private let host: String
    /// A chain that is refused is recorded and taken all the same.
    private let isTolerant: Bool
    /// Held, for a file that changes replaces its store while handshakes are under way.
    private let store: RootStore
    private let book: CertificateBook
    private let completed: () -> Void

    /// - Parameters:
    ///   - host: name or address that the certificate must be for.
    ///   - store: of trusted roots.
    ///   - book: of the certificates that were read before.
    ///   - completed: the handshake is done.
    init(
        host: String,
        store: RootStore,
        book: CertificateBook,
        isTolerant: Bool = false,
        completed: @escaping () -> Void
    ) {
        self.host = host
        self.store = store
        self.book = book
        self.isTolerant = isTolerant
        self.completed = completed
    }

    private static let index = copenssl_new_context_index()

    /// Puts itself into a context, which must not outlive it.
    func attach(to context: OpaquePointer) {
        let own = Unmanaged.passUnretained(self).toOpaque()
        SSL_CTX_set1_cert_store(context, store.pointer)
        // libcurl writes each message of the handshake down for its log, which nobody reads.
        copenssl_ignore_messages(context)
        SSL_CTX_set_ex_data(context, Self.index, own)
        SSL_CTX_set_cert_verify_callback(
            context,
            { store, own in
                guard let store, let own else { return 0 }
                return Unmanaged<TLSWitness>.fromOpaque(own).takeUnretainedValue().judge(store) ? 1 : 0
            },
            own
        )
        SSL_CTX_set_info_callback(context) { session, event, _ in
            guard event == SSL_CB_HANDSHAKE_DONE, let session,
                let own = copenssl_context_data(session, TLSWitness.index)
            else { return }
            Unmanaged<TLSWitness>.fromOpaque(own).takeUnretainedValue().finish(session)
        }
    }

    private func judge(_ context: OpaquePointer) -> Bool {
        let (isTrusted, chain) = verify(context)
        var facts = TLSFacts()
        facts.certificates = chain
        var code = X509_STORE_CTX_get_error(context)
        if isTrusted {
            let length = copenssl_chain_count(context)
            facts.root = length > 0 ? copenssl_chain_at(context, length - 1).flatMap { book.entry(of: $0)?.facts } : nil
            facts.chainExpiry = (0..<min(length, 16)).compactMap { place in
                copenssl_chain_at(context, place).map { CertificateFacts.end(of: $0) }
            }.min()
            let leaf = X509_STORE_CTX_get0_cert(context)
            if leaf.map({ book.isNamed($0, host) }) != true { code = X509_V_ERR_HOSTNAME_MISMATCH }
        }
        facts.isVerified = isTrusted && code == X509_V_OK
        if !facts.isVerified {
            facts.verifyError = X509_verify_cert_error_string(Int(code)).map { String(cString: $0) }
            refusal = Self.reason(code)
            X509_STORE_CTX_set_error(context, code)
        }
        self.facts = facts
        return facts.isVerified || isTolerant
    }

    /// Judges what the peer sent by certificates of the same bytes that were read before.
    /// - Returns: also what the first of them say.
    private func verify(_ context: OpaquePointer) -> (isTrusted: Bool, facts: [CertificateFacts]) {
        var facts: [CertificateFacts] = []
        let known = OPENSSL_sk_new_null()
        defer { copenssl_free_certificates(known) }
        for place in 0..<copenssl_peer_count(context) {
            guard let sent = copenssl_peer_at(context, place) else { continue }
            let entry = book.entry(of: sent)
            copenssl_push_certificate(known, entry?.certificate ?? sent)
            // A chain is some certificates long; a peer may send any number.
            if place < 16, let entry { facts.append(entry.facts) }
        }
        return (copenssl_verify_as(context, known) == 1, facts)
    }

    static func reason(_ code: Int32) -> Reason {
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID: .tlsExpired
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .tlsName
        default: .tlsUntrusted
        }
    }

    private func finish(_ session: OpaquePointer) {
        var facts = facts ?? TLSFacts()
        facts.version = SSL_get_version(session).map { String(cString: $0) }
        facts.cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(session)).map { String(cString: $0) }
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(session, &name, &length)
        if let name, length > 0 {
            facts.alpn = String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
        }
        // After TLS 1.3 tickets the callback comes again.
        if self.facts?.version == nil { completed() }
        self.facts = facts
    }
}

extension CertificateFacts {
    init(reading certificate: OpaquePointer) {
        var digest: [UInt8] = Array(repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var size: UInt32 = 0
        X509_digest(certificate, EVP_sha256(), &digest, &size)
        let digits = digest.prefix(Int(size)).map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }
        let names = Self.text { copenssl_alternatives(certificate, $0, $1) }
        self.init(
            subject: Self.text { copenssl_name(X509_get_subject_name(certificate), $0, $1) },
            issuer: Self.text { copenssl_name(X509_get_issuer_name(certificate), $0, $1) },
            names: names.split(separator: ",").map(String.init),
            notBefore: WallTime(seconds: copenssl_seconds(X509_get0_notBefore(certificate))),
            notAfter: WallTime(seconds: copenssl_seconds(X509_get0_notAfter(certificate))),
            fingerprint: digits.joined()
        )
    }

    static func end(of certificate: OpaquePointer) -> WallTime {
        WallTime(seconds: copenssl_seconds(X509_get0_notAfter(certificate)))
    }

    private static func text(_ write: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBufferPointer { write($0.baseAddress, $0.count) }
        let bytes = buffer.prefix(count).map { UInt8(bitPattern: $0) }
        return String(decoding: bytes.map { $0 < 32 || $0 == 127 ? 32 : $0 }, as: UTF8.self)
    }
}

extension WallTime {
    /// Years beyond what 64 bits of nanoseconds hold are cut.
    fileprivate init(seconds: Int64) {
        let (nanoseconds, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self.init(nanoseconds: isTooLarge ? (seconds < 0 ? .min : .max) : nanoseconds)
    }
}
