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
    }

    var kind = Kind.none
    /// Number in the path model; nil where it has no use for the stream.
    var place: Int?
    /// An IKE probe of a VPN's gateway: its answer is evidence of its own.
    var isGateway = false
    /// The target is a name, which a failure lets resolve again.
    var isNamed = false

    init(_ stream: PlannedStream?, in model: LinksModel) {
        switch stream?.purpose {
        case nil: break
        case .hop: kind = .hop
        case .probe(let key):
            kind = .probe
            place = model.stream(of: key)
            isGateway = key.target.scheme == .ike && key.role == .edge
            isNamed = key.target.address == nil
        }
    }
}
