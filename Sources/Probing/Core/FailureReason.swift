internal import Glibc
internal import Model
internal import Sockets
internal import Wire

extension Reason {
    /// What an ICMP error means for a probe; nil for one that ends nothing.
    init?(_ kind: ICMPErrorKind) {
        switch kind {
        case .netUnreachable, .sourceRouteFailed: self = .unreachableNet
        case .hostUnreachable: self = .unreachableHost
        case .portUnreachable, .protocolUnreachable: self = .unreachablePort
        case .adminProhibited: self = .adminProhibited
        case .ttlExceeded: self = .ttlExceeded
        case .fragmentationNeeded: self = .fragmentationNeeded
        case .reassemblyTimeExceeded, .parameterProblem, .other: return nil
        }
    }
}

/// What becomes of a probe whose packet the kernel refused.
struct SendFailure: Equatable {
    var result: Outcome.Result
    var message: String

    init(_ reason: Reason, message: String) {
        result = .failed(reason)
        self.message = message
    }

    /// - Parameters:
    ///   - error: of the send or of the making of the socket.
    ///   - pin: what the packet was bound to.
    ///   - interfaceUsable: the pin's interface is there, up and has carrier; true where none is pinned.
    init(_ error: SystemError, pin: Pin, interfaceUsable: Bool) {
        message = error.description
        if let name = pin.interface, !interfaceUsable {
            result = .failed(.interfaceDown)
            message = "interface \(name) is not there or down"
            return
        }
        switch error.code {
        case ENETUNREACH, EHOSTUNREACH:
            result = .failed(.noRoute)
        case ENODEV, ENXIO, ENETDOWN:
            result = .failed(.interfaceDown)
        case EADDRNOTAVAIL, EINVAL:
            result = .failed(.noRoute)
            if let source = pin.source {
                message = "source \(source) is no address of this host, or the route is a blackhole"
            }
        case EPERM, EACCES:
            result = .failed(.permission)
        case EMSGSIZE:
            result = .failed(.fragmentationNeeded)
        case ENOBUFS, ENOMEM, EAGAIN, EMFILE, ENFILE, EADDRINUSE:
            result = .invalid(.overload)
        default:
            result = .failed(.internal)
        }
    }
}
