import Glibc
import Model
import Scheduling
import Sockets
import Synchronization
import Testing
import Wire

@Suite("Resolving names")
struct ResolveTests {
    private static let v4 = IPAddress.v4(IPv4Address(10, 0, 0, 1))
    private static let v6 = IPAddress.v6(IPv6Address(high: 0xFD00 << 48, low: 1))

    /// A lookup that hangs until it is let go, and counts.
    private final class Gate: Sendable {
        private let isOpen = Atomic(false)
        let calls = Atomic(0)
        let running = Atomic(0)
        let mostAtOnce = Atomic(0)

        func open() { isOpen.store(true, ordering: .releasing) }

        func pass() {
            calls.add(1, ordering: .relaxed)
            let now = running.add(1, ordering: .relaxed).newValue
            mostAtOnce.max(now, ordering: .relaxed)
            while !isOpen.load(ordering: .acquiring) { usleep(1_000) }
            running.subtract(1, ordering: .relaxed)
        }
    }

    @Test("an address is its own answer and no lookup")
    func literal() async {
        let resolver = NameResolver { _ in .failed(.internal) }
        #expect(await resolver.resolve("10.0.0.1") == .addresses([Self.v4]))
        #expect(await resolver.resolve("10.0.0.1", preference: .only(.v6)) == .failed(.dnsError))
    }

    @Test("a family is preferred, or demanded")
    func preference() async {
        let resolver = NameResolver { _ in .addresses([Self.v4, Self.v6]) }
        #expect(await resolver.resolve("a") == .addresses([Self.v4, Self.v6]))
        #expect(await resolver.resolve("a", preference: .prefer(.v6)) == .addresses([Self.v6, Self.v4]))
        #expect(await resolver.resolve("a", preference: .only(.v4)) == .addresses([Self.v4]))
    }

    @Test("a lookup that hangs ends as dns_timeout")
    func deadline() async {
        let gate = Gate()
        let resolver = NameResolver { _ in
            gate.pass()
            return .addresses([Self.v4])
        }
        #expect(await resolver.resolve("a", deadline: .milliseconds(20)) == .failed(.dnsTimeout))
        gate.open()
        #expect(await resolver.resolve("a") == .addresses([Self.v4]))
    }

    @Test("a cancelled task does not wait for a lookup that hangs")
    func cancelled() async {
        let gate = Gate()
        let resolver = NameResolver { _ in
            gate.pass()
            return .addresses([Self.v4])
        }
        let asking = Task { await resolver.resolve("a", deadline: .seconds(3600)) }
        let names = TrackedNames(resolver: resolver) { _ in Issue.record("a name changed") }
        names.follow(["b": .any])
        let following = Task { await names.run() }
        while gate.running.load(ordering: .relaxed) < 2 { await Task.yield() }
        asking.cancel()
        following.cancel()
        #expect(await asking.value == .failed(.cancelled))
        await following.value
        #expect(names.state(of: "b")?.failure == nil)
        gate.open()
    }

    @Test("lookups that hang hold no more threads than allowed, and one name only one")
    func bounded() async {
        let gate = Gate()
        let resolver = NameResolver(threads: 2) { _ in
            gate.pass()
            return .addresses([Self.v4])
        }
        let answers = await withTaskGroup(of: Resolution.self) { group in
            for number in 0..<20 {
                group.addTask { await resolver.resolve("host\(number % 5)", deadline: .milliseconds(50)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0 == .failed(.dnsTimeout) })
        gate.open()
        #expect(await resolver.resolve("host4") == .addresses([Self.v4]))
        #expect(gate.mostAtOnce.load(ordering: .relaxed) == 2)
        #expect(gate.calls.load(ordering: .relaxed) <= 6)
    }

    @Test(
        "the resolver's codes have reasons",
        arguments: [
            (EAI_NONAME, 0, .dnsNXDomain), (-5, 0, .dnsError), (-9, 0, .dnsError), (EAI_AGAIN, 0, .dnsServFail),
            (EAI_AGAIN, 5, .dnsTimeout), (EAI_FAIL, 0, .dnsError), (EAI_SYSTEM, 0, .dnsError),
            (EAI_MEMORY, 0, .dnsError),
        ] as [(Int32, Int, Reason)]
    )
    func codes(code: Int32, seconds: Int, reason: Reason) {
        #expect(SystemLookup.reason(code: code, after: .seconds(seconds)) == reason)
    }

    @Test("the system knows localhost")
    func system() {
        guard case .addresses(let addresses) = SystemLookup.resolve("localhost") else {
            Issue.record("localhost does not resolve")
            return
        }
        #expect(addresses.allSatisfy { $0.isLoopback })
    }

    @Test("a name that cannot be is answered with a reason")
    func impossible() {
        guard case .failed = SystemLookup.resolve("..") else {
            Issue.record("'..' resolved")
            return
        }
    }

    @Test("followed names tell their first answer and what changes")
    func tracked() async {
        let answers = Mutex([Resolution.failed(.dnsServFail), .addresses([Self.v4])])
        let resolver = NameResolver { _ in answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } }
        let (changes, continuation) = AsyncStream.makeStream(of: NameState.self)
        let names = TrackedNames(resolver: resolver) { continuation.yield($0) }
        names.follow(["a": .any])
        let work = Task { await names.run() }
        var seen: [NameState] = []
        for await change in changes {
            seen.append(change)
            if seen.count == 2 { break }
        }
        work.cancel()
        #expect(
            seen == [
                NameState(name: "a", addresses: [], failure: .dnsServFail),
                NameState(name: "a", addresses: [Self.v4], failure: nil),
            ]
        )
    }
}
