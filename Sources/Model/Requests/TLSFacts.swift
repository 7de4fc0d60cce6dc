/// What a TLS handshake showed, also when it was refused.
public struct TLSFacts: Sendable, Equatable {
    /// `TLSv1.3`; nil when no handshake was completed.
    public var version: String?
    public var cipher: String?
    /// Protocol chosen by ALPN: `h2`, `http/1.1`.
    public var alpn: String?
    /// The chain leads to a trusted root and the name is right.
    public var isVerified: Bool
    /// Why not, in OpenSSL's words.
    public var verifyError: String?
    /// As the peer sent them, leaf first.
    public var certificates: [CertificateFacts]
    /// The root to which the chain was built; nil where there is none.
    public var root: CertificateFacts?
    /// The end of the first certificate of the chain as it was built and verified; nil where none was.
    public var chainExpiry: WallTime?

    public init(
        version: String? = nil,
        cipher: String? = nil,
        alpn: String? = nil,
        isVerified: Bool = false,
        verifyError: String? = nil,
        certificates: [CertificateFacts] = [],
        root: CertificateFacts? = nil,
        chainExpiry: WallTime? = nil
    ) {
        self.version = version
        self.cipher = cipher
        self.alpn = alpn
        self.isVerified = isVerified
        self.verifyError = verifyError
        self.certificates = certificates
        self.root = root
        self.chainExpiry = chainExpiry
    }

    /// The end of the first certificate to expire.
    public var earliestExpiry: WallTime? { certificates.map(\.notAfter).min() }
}

/// One X.509 certificate (RFC 5280).
public struct CertificateFacts: Sendable, Equatable {
    /// RFC 2253.
    public var subject: String
    public var issuer: String
    /// DNS names and addresses for which it holds.
    public var names: [String]
    public var notBefore: WallTime
    public var notAfter: WallTime
    /// SHA-256 of its DER, in hexadecimal digits.
    public var fingerprint: String

    public init(
        subject: String,
        issuer: String,
        names: [String] = [],
        notBefore: WallTime,
        notAfter: WallTime,
        fingerprint: String
    ) {
        self.subject = subject
        self.issuer = issuer
        self.names = names
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.fingerprint = fingerprint
    }
}
