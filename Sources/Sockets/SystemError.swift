internal import Glibc

/// A system call that failed: its errno and what was being done.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: Int32
    /// The call and its object, for people: `bind 10.0.0.1:0`.
    public let operation: String

    public init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// The error that the calling thread's errno names now.
    public static func last(_ operation: String) -> SystemError {
        SystemError(code: errno, operation: operation)
    }

    /// The system's text for the code: `Operation not permitted`.
    public var message: String {
        var buffer = [UInt8](repeating: 0, count: 128)
        let status = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let text = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return EINVAL }
            return unsafe strerror_r(code, text, bytes.count)
        }
        guard status == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
    }

    public var description: String { "\(operation): \(message)" }

    /// The caller lacks a privilege.
    public var isPermission: Bool { code == EPERM || code == EACCES }
}

/// The policy for errno in one place: an interrupted call is made again, `EAGAIN` is a value, the rest is thrown.
enum SystemCall {
    /// Calls until it is not interrupted.
    /// - Returns: the call's answer, nil where it would block.
    /// - Throws: `SystemError` for every other errno.
    @inline(__always)
    static func orBlock<Answer: FixedWidthInteger>(
        _ operation: @autoclosure () -> String,
        _ call: () -> Answer
    ) throws(SystemError) -> Answer? {
        while true {
            let answer = call()
            if answer != -1 { return answer }
            let code = errno
            if code == EINTR { continue }
            if code == EAGAIN || code == EWOULDBLOCK { return nil }
            throw SystemError(code: code, operation: operation())
        }
    }

    /// Calls until it is not interrupted; `EAGAIN` is an error like any other.
    @discardableResult
    @inline(__always)
    static func checked<Answer: FixedWidthInteger>(
        _ operation: @autoclosure () -> String,
        _ call: () -> Answer
    ) throws(SystemError) -> Answer {
        while true {
            let answer = call()
            if answer != -1 { return answer }
            let code = errno
            if code == EINTR { continue }
            throw SystemError(code: code, operation: operation())
        }
    }
}
