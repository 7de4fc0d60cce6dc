internal import COpenSSL
internal import Model

/// What a password is, without being it: equal texts have equal fingerprints in this process and nobody can tell the text.
struct CredentialContent: Hashable {
    private let fingerprint: Int
    /// Sixteen bits of a salted hash, for the state on disk: of 65,536 passwords one has the same, so that they tell nobody
    /// which it is, and a new password is taken for the old one as rarely.
    let mark: UInt16
    /// Else it is a ticket, which no account is closed for.
    let isPassword: Bool

    /// - Parameters:
    ///   - password: nil for a ticket of the host.
    ///   - salt: of the state on disk.
    init(_ password: Secret?, salt: [UInt8] = []) {
        var hasher = Hasher()
        hasher.combine(password)
        fingerprint = hasher.finalize()
        mark = Self.mark(password?.reveal() ?? "", salt: salt)
        isPassword = password != nil
    }

    /// Sixteen bits of a salted hash of any text.
    static func mark(_ text: String, salt: [UInt8]) -> UInt16 {
        let text = salt + Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var size: UInt32 = 0
        EVP_Digest(text, text.count, &digest, &size, EVP_sha256(), nil)
        return UInt16(digest[0]) << 8 | UInt16(digest[1])
    }
}
