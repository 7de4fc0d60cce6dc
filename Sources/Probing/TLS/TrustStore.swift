/// What one thread judges certificates by.
final class TrustStore {
    /// The certificates that were met.
    let book = CertificateBook()
    private let roots: TrustRoots

    init(_ roots: TrustRoots = .shared) {
        self.roots = roots
    }

    /// - Parameter file: PEM; nil is the system's store.
    /// - Returns: nil when the file cannot be read or holds no certificate.
    func store(for file: String?) -> RootStore? { roots.store(for: file) }
}
