internal import COpenSSL
internal import Model
internal import Wire

/// Certificates, read once each: a monitor sees the same ones again and again, and a list of a thousand names takes longer to read
/// than the handshake that it came in. What holds at a moment (trust, signatures, dates) is judged anew each time.
/// Used by one thread.
final class CertificateBook {
    /// SHA-256 of the DER.
    private typealias Digest = SIMD4<UInt64>

    struct Entry {
        /// The certificate with its extensions read; the book's own.
        fileprivate(set) var certificate: OpaquePointer
        let facts: CertificateFacts
        fileprivate var names: [String: Bool] = [:]
    }

    private var entries: [Digest: Entry] = [:]
    private var nameCount = 0
    private var bytes = 0

    /// More of any than a monitor meets; then all begins anew. What is read takes up to thirty times as many bytes.
    private static let mostEntries = 1024
    private static let mostNames = 4096
    private static let mostBytes = 1 << 20

    deinit { clear() }

    /// - Returns: what was read of the same bytes before, else this; valid until the next call. Nil without memory.
    func entry(of certificate: OpaquePointer) -> Entry? {
        Self.digest(certificate).map { entry(certificate, $0) }
    }

    /// Whether a certificate is for this host (RFC 6125; addresses: RFC 5280 §4.2.1.6).
    func isNamed(_ certificate: OpaquePointer, _ host: String) -> Bool {
        guard let digest = Self.digest(certificate) else { return false }
        var entry = entry(certificate, digest)
        if let known = entry.names[host] { return known }
        let isNamed = Self.matches(certificate, host)
        guard nameCount < Self.mostNames else {
            clear()
            return isNamed
        }
        entry.names[host] = isNamed
        nameCount += 1
        entries[digest] = entry
        return isNamed
    }

    private func entry(_ certificate: OpaquePointer, _ digest: Digest) -> Entry {
        if let known = entries[digest] { return known }
        let size = Int(i2d_X509(certificate, nil))
        if entries.count >= Self.mostEntries || bytes + size > Self.mostBytes { clear() }
        X509_up_ref(certificate)
        let fresh = Entry(certificate: certificate, facts: CertificateFacts(reading: certificate))
        entries[digest] = fresh
        bytes += size
        return fresh
    }

    private func clear() {
        for entry in entries.values { X509_free(entry.certificate) }
        entries.removeAll()
        nameCount = 0
        bytes = 0
    }

    private static func digest(_ certificate: OpaquePointer) -> Digest? {
        var digest = Digest()
        var size: UInt32 = 0
        let isMade = withUnsafeMutableBytes(of: &digest) { bytes in
            X509_digest(certificate, EVP_sha256(), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &size) == 1
        }
        return isMade && size == 32 ? digest : nil
    }

    private static func matches(_ certificate: OpaquePointer, _ host: String) -> Bool {
        if IPAddress(host) != nil { return X509_check_ip_asc(certificate, host, 0) == 1 }
        // The dot of a fully qualified name is no part of a certificate's.
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        return X509_check_host(certificate, name, name.utf8.count, 0, nil) == 1
    }
}
