public import Model
internal import Sockets

/// Why a dialogue ended before its time.
public struct DialogueError: Error, Equatable {
    public var reason: Reason
    public var message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    init(_ error: SystemError) {
        let reason: Reason =
            switch error.code {
            case 111 /* ECONNREFUSED */: .refused
            case 104 /* ECONNRESET */, 32 /* EPIPE */: .reset
            case 110 /* ETIMEDOUT */: .timeout
            case 113 /* EHOSTUNREACH */: .unreachableHost
            case 101 /* ENETUNREACH */: .unreachableNet
            case 1 /* EPERM */, 13 /* EACCES */: .permission
            // EINVAL: a link-local address without its interface.
            case 99 /* EADDRNOTAVAIL */, 22 /* EINVAL */: .noRoute
            default: .internal
            }
        self.init(reason, "\(error)")
    }
}
