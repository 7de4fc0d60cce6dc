internal import CLinux
internal import Glibc
internal import Model
internal import Sockets
internal import Synchronization
internal import Wire

/// The system's resolver on threads of its own, so that a slow name server holds nobody up.
enum NameService {
    /// How long a target's name may take.
    static let forwardDeadline: Duration = .seconds(10)

    /// One answer that a thread leaves and another takes.
    private final class Box: Sendable {
        let value = Mutex<Result<[IPAddress], LookupFailure>?>(nil)
        let done: EventFD

        init() throws(SystemError) {
            done = try EventFD()
        }
    }

    struct LookupFailure: Error {
        var message: String
    }

    /// Addresses of a host in the order of the system's preference.
    /// - Throws: `.resolution` when there is none or the time is over, `.cancelled` when the trace is cancelled.
    static func addresses(
        of host: String,
        family: IPFamily?,
        cancellation: TraceCancellation?
    ) throws(TraceError) -> [IPAddress] {
        let result: Result<[IPAddress], LookupFailure>?
        do throws(SystemError) {
            let box = try Box()
            _ = try DedicatedThread(name: "resolve") {
                let found = lookUp(host, family: family)
                box.value.withLock { $0 = found }
                box.done.signal()
            }
            let epoll = try Epoll(capacity: 2)
            try epoll.add(box.done.number, .readable, token: 0)
            if let cancellation { try epoll.add(cancellation.event.number, .readable, token: 1) }
            try epoll.wait(until: SystemClock.monotonic() + forwardDeadline) {
                cancellation?.isCancelled == true || box.value.withLock { $0 != nil }
            }
            result = box.value.withLock { $0 }
        } catch {
            throw .local("cannot look up \(host): \(error)")
        }
        if case .success(let addresses)? = result { return addresses }
        if cancellation?.isCancelled == true { throw .cancelled }
        var message = "no answer within \(forwardDeadline.text)"
        if case .failure(let failure)? = result { message = failure.message }
        throw .resolution(host: host, message: message)
    }

    private static func lookUp(_ host: String, family: IPFamily?) -> Result<[IPAddress], LookupFailure> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        hints.ai_family = family?.number ?? AF_UNSPEC
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0 else {
            let text = gai_strerror(code).map { String(cString: $0) } ?? "error \(code)"
            return .failure(LookupFailure(message: text))
        }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry {
            if let address = current.pointee.ai_addr.flatMap({ address(of: $0) }), !addresses.contains(address) {
                addresses.append(address)
            }
            entry = current.pointee.ai_next
        }
        guard !addresses.isEmpty else { return .failure(LookupFailure(message: "the name has no address")) }
        return .success(addresses)
    }

    private static func address(of pointer: UnsafePointer<sockaddr>) -> IPAddress? {
        let memory = UnsafeRawPointer(pointer)
        switch Int32(pointer.pointee.sa_family) {
        case AF_INET:
            return .v4(
                IPv4Address(rawValue: UInt32(bigEndian: memory.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
            )
        case AF_INET6:
            let high = UInt64(bigEndian: memory.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            let low = UInt64(bigEndian: memory.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            return .v6(IPv6Address(high: high, low: low))
        default:
            return nil
        }
    }

    /// The name of an address (PTR), blocking; nil when there is none.
    static func name(of address: IPAddress) -> String? {
        var storage = sockaddr_storage()
        let length = withUnsafeMutableBytes(of: &storage) { bytes -> socklen_t in
            switch address {
            case .v4(let value):
                bytes.storeBytes(of: sa_family_t(AF_INET), as: sa_family_t.self)
                bytes.storeBytes(of: value.rawValue.bigEndian, toByteOffset: 4, as: UInt32.self)
                return socklen_t(MemoryLayout<sockaddr_in>.size)
            case .v6(let value):
                bytes.storeBytes(of: sa_family_t(AF_INET6), as: sa_family_t.self)
                bytes.storeBytes(of: value.high.bigEndian, toByteOffset: 8, as: UInt64.self)
                bytes.storeBytes(of: value.low.bigEndian, toByteOffset: 16, as: UInt64.self)
                return socklen_t(MemoryLayout<sockaddr_in6>.size)
            }
        }
        var buffer = [CChar](repeating: 0, count: 1025)
        let code = withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getnameinfo($0, length, &buffer, socklen_t(buffer.count), nil, 0, NI_NAMEREQD)
            }
        }
        guard code == 0 else { return nil }
        return clean(buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
    }

    /// Whoever runs the reverse zone chooses the name: what no host name holds (escape sequences, say) becomes `?`,
    /// and its length is bounded.
    static func clean(_ name: [UInt8]) -> String? {
        let text = name.prefix(253).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                byte
            default: UInt8(ascii: "?")
            }
        }
        return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }
}
