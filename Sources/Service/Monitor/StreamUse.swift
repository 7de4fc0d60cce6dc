import Links
import Model
import Scheduling

/// What the monitor does with the outcomes of one stream: small values, so that the usual answer copies no string.
struct StreamUse {
    enum Kind {
        /// The number is free.
        case none
        case hop
        case probe
        /// A proxy, a storage account or an endpoint.
        case service
    }

    var kind = Kind.none
    /// Number in the path model; nil where it has no use for the stream.
    var place: Int?
    /// An IKE probe of a VPN's gateway: its answer is evidence of its own.
    var isGateway = false
    /// The target is a name, which a failure lets resolve again.
    var isNamed = false

    /// It makes TCP connections, whose packets a capture may show.
    var isConnection = false
    /// It goes through a proxy, of which it tells something.
    var isProxied = false
    /// It shows a certificate.
    var isSecured = false

    init(_ stream: PlannedStream?, in model: LinksModel) {
        switch stream?.purpose {
        case nil: break
        case .hop: kind = .hop
        case .proxy, .storage, .storageName, .endpoint, .egress: kind = .service
        case .probe(let key):
            switch key.target.scheme {
            case .tcp, .tls, .http, .https: isConnection = true
            case .icmp, .udp, .dns, .stamp, .ike, .bfd: break
            }
            kind = .probe
            place = model.stream(of: key)
            isGateway = key.target.scheme == .ike && key.role == .edge
            isProxied = stream?.via != nil
            isSecured = stream?.isSecured == true
            isNamed = key.target.address == nil
        }
    }
}
