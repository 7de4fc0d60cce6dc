/// Why a question to the kernel got no answer.
public enum NetlinkError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A message that ends before `needed` bytes, or whose length field contradicts itself.
    case malformed(part: String, offset: Int)
    /// The kernel refused a request: the positive `errno` of its NLMSG_ERROR.
    case refused(code: Int32)
    /// A system call on the netlink socket failed.
    case system(call: String, code: Int32)
    /// The kernel did not answer in time.
    case timedOut

    public var description: String {
        switch self {
        case .malformed(let part, let offset): "netlink: \(part) is cut short or inconsistent at byte \(offset)"
        case .refused(let code): "netlink: the kernel refused the request: \(Self.text(of: code))"
        case .system(let call, let code): "netlink: \(call): \(Self.text(of: code))"
        case .timedOut: "netlink: the kernel did not answer in time"
        }
    }

    private static func text(of code: Int32) -> String {
        SystemError(code: code, operation: "").message
    }
}
