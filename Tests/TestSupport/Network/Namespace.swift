import Glibc

/// A network namespace made by `ip netns`.
public struct Namespace: Sendable {
    public struct CannotEnter: Error, CustomStringConvertible {
        public let description: String
    }

    /// setns(2), which the Glibc module hides: the descriptor of a namespace and its kind (CLONE_NEWNET).
    private typealias SetNamespace = @convention(c) (Int32, Int32) -> Int32

    public let name: String

    public init(_ name: String) {
        self.name = name
    }

    /// `command`, run inside.
    public func command(_ arguments: [String]) -> [String] {
        ["ip", "netns", "exec", name] + arguments
    }

    @discardableResult
    public func run(_ arguments: String..., input: String = "") throws -> String {
        try Shell.run(command(arguments), input: input)
    }

    /// Runs `body` on a new thread inside; a socket that it makes stays inside wherever it is used.
    public func inside<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        try Thread.run { [name] in
            let descriptor = open("/run/netns/\(name)", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw CannotEnter(description: "namespace \(name): \(String(cString: strerror(errno)))")
            }
            defer { close(descriptor) }
            guard let symbol = dlsym(nil, "setns") else { throw CannotEnter(description: "no setns in libc") }
            let enter = unsafeBitCast(symbol, to: SetNamespace.self)
            guard enter(descriptor, 0x4000_0000) == 0 else {
                throw CannotEnter(description: "namespace \(name): \(String(cString: strerror(errno)))")
            }
            return try body()
        }
    }
}
