internal import COpenSSL
internal import Model
internal import Sockets

/// Trusted roots by file, read once and again when the file changes. Used by one thread.
final class TrustStore {
    private struct Entry {
        var store: OpaquePointer
        var edition: Int64?
        var loadedAt: Int64
    }

    /// The certificates that were met.
    let book = CertificateBook()
    private var entries: [String: Entry] = [:]

    /// The system's folder of roots is looked at anew after this time.
    private static let validity: Int64 = 3_600_000_000_000
    private static let system = ""

    /// - Parameter file: PEM; nil is the system's store (`SSL_CERT_FILE`, `SSL_CERT_DIR` or OpenSSL's own folder).
    /// - Returns: nil when the file cannot be read or holds no certificate. Valid until the next call.
    func store(for file: String?, now: Int64) -> OpaquePointer? {
        let name = file ?? Self.system
        let edition = file.flatMap { SecretSource.file($0).edition }
        if let known = entries[name], known.edition == edition, now - known.loadedAt < Self.validity {
            return known.store
        }
        guard let fresh = X509_STORE_new() else { return nil }
        let isRead =
            if let file { X509_STORE_load_file(fresh, file) == 1 } else { copenssl_use_system_roots(fresh) == 1 }
        ERR_clear_error()
        guard isRead else {
            X509_STORE_free(fresh)
            return nil
        }
        if let old = entries[name] { X509_STORE_free(old.store) }
        entries[name] = Entry(store: fresh, edition: edition, loadedAt: now)
        return fresh
    }

    deinit {
        for entry in entries.values { X509_STORE_free(entry.store) }
    }
}
