internal import COpenSSL
internal import Model
internal import Sockets
internal import Synchronization

/// Roots that may sign. OpenSSL counts who holds a store and locks what it looks up (X509_STORE_up_ref(3)), so that all threads
/// share one.
final class RootStore: Sendable {
    /// A number, for a pointer says nothing of threads.
    private let address: UInt

    var pointer: OpaquePointer? { OpaquePointer(bitPattern: address) }

    /// - Parameter file: PEM; nil is the system's store (`SSL_CERT_FILE`, `SSL_CERT_DIR` or OpenSSL's own folder).
    /// - Returns: nil when the file cannot be read or holds no certificate.
    init?(reading file: String?) {
        guard let store = X509_STORE_new() else { return nil }
        let isRead =
            if let file { X509_STORE_load_file(store, file) == 1 } else { copenssl_use_system_roots(store) == 1 }
        ERR_clear_error()
        guard isRead else {
            X509_STORE_free(store)
            return nil
        }
        address = UInt(bitPattern: store)
    }

    deinit { X509_STORE_free(pointer) }
}

/// The stores of the program by file, read once and again when the file changes. The system's takes longer to read than any
/// handshake: it is read before the first probe's clock starts, and anew beside the probes.
final class TrustRoots: Sendable {
    static let shared = TrustRoots()

    private struct Entry: Sendable {
        var store: RootStore
        var edition: Int64?
        var loadedAt: MonotonicTime
        var isRenewed = false
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let clock: @Sendable () -> MonotonicTime
    private let read: @Sendable (String?) -> RootStore?

    /// The system's folder of roots is looked at anew after this time.
    static let validity: Duration = .seconds(3600)
    private static let system = ""

    init(
        clock: @escaping @Sendable () -> MonotonicTime = { SystemClock.monotonic() },
        read: @escaping @Sendable (String?) -> RootStore? = { RootStore(reading: $0) }
    ) {
        self.clock = clock
        self.read = read
    }

    /// - Parameter file: PEM; nil is the system's store.
    /// - Returns: nil when the file cannot be read or holds no certificate.
    func store(for file: String?) -> RootStore? {
        let name = file ?? Self.system
        let edition = file.flatMap { SecretSource.file($0).edition }
        let now = clock()
        // Who comes meanwhile waits: two that read at once take twice as long.
        let (store, mustRenew) = entries.withLock { entries -> (RootStore?, Bool) in
            if let known = entries[name], known.edition == edition {
                let mustRenew = !known.isRenewed && now - known.loadedAt >= Self.validity
                if mustRenew { entries[name]?.isRenewed = true }
                return (known.store, mustRenew)
            }
            guard let fresh = read(file) else { return (nil, false) }
            entries[name] = Entry(store: fresh, edition: edition, loadedAt: now)
            return (fresh, false)
        }
        if mustRenew { renew(file, edition) }
        return store
    }

    private func renew(_ file: String?, _ edition: Int64?) {
        let thread = try? DedicatedThread(name: "np-roots") { [self] in
            let fresh = read(file)
            let now = clock()
            entries.withLock { entries in
                let name = file ?? Self.system
                guard let store = fresh ?? entries[name]?.store else { return }
                entries[name] = Entry(store: store, edition: edition, loadedAt: now)
            }
        }
        if thread == nil { entries.withLock { $0[file ?? Self.system]?.isRenewed = false } }
    }

    // MARK: Before the first probe

    /// OpenSSL finds its algorithms when the first context is made.
    private static let isWarm: Bool = {
        guard let context = SSL_CTX_new(TLS_client_method()) else { return false }
        SSL_CTX_free(context)
        return true
    }()

    /// Reads what the handshakes of requests will need.
    func prepare(for tasks: [RequestTask]) {
        var files: Set<String?> = []
        for task in tasks {
            if task.mayMeetTLS { files.insert(task.caFile) }
            if let proxy = task.proxy, proxy.isSecured { files.insert(proxy.caFile) }
        }
        guard !files.isEmpty, Self.isWarm else { return }
        for file in files { _ = store(for: file) }
    }
}

extension RequestTask {
    /// A redirect may lead to https.
    fileprivate var mayMeetTLS: Bool {
        switch question {
        case .http(let question): target.scheme == .https || question.followsRedirects
        case .tls: true
        case .connection, .dns: false
        }
    }
}
