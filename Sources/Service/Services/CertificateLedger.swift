import Model
import Scheduling

/// The certificates that targets show. Pure.
struct CertificateLedger {
    private struct Place: Hashable {
        var link: String?
        var target: String
        var via: String?

        init(_ stream: PlannedStream) {
            link = stream.key.flatMap { $0.link.isEmpty ? nil : $0.link }
            target = stream.target.description
            via = stream.via
        }
    }

    private var found: [Place: CertificateStatus] = [:]

    /// Forgets what is no longer asked.
    mutating func retain(_ streams: [PlannedStream?]) {
        guard !found.isEmpty else { return }
        let places = Set(streams.lazy.compactMap { $0 }.filter(\.isSecured).map(Place.init))
        found = found.filter { places.contains($0.key) }
    }

    mutating func note(_ outcome: Outcome, of stream: PlannedStream) {
        guard let chain = outcome.detail?.request?.handshake?.certificates,
            let first = chain.min(by: { $0.notAfter < $1.notAfter })
        else { return }
        let place = Place(stream)
        if let known = found[place], known.notAfter == first.notAfter, known.subject == first.subject { return }
        found[place] = CertificateStatus(
            link: place.link,
            target: place.target,
            via: place.via,
            subject: first.subject,
            notBefore: first.notBefore,
            notAfter: first.notAfter
        )
    }

    /// Those that end soon, in a fixed order.
    func expiring(at now: WallTime) -> [CertificateStatus] {
        found.values.filter { $0.isExpiring(at: now) }
            .sorted { ($0.target, $0.via ?? "", $0.link ?? "") < ($1.target, $1.via ?? "", $1.link ?? "") }
    }
}

extension PlannedStream {
    /// It makes a TLS handshake with its target, whose certificate counts.
    var isSecured: Bool {
        if case .endpoint(let way) = purpose, !way.use.mustReach { return false }
        return question != nil && (target.scheme == .https || target.scheme == .tls)
    }
}
