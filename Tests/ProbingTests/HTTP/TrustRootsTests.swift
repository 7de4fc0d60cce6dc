import Model
import Synchronization
import TestSupport
import Testing

@testable import Probing

@Suite("trusted roots", .onOwnThread)
struct TrustRootsTests {
    /// Counts how often each file is read.
    private final class Counter: Sendable {
        let reads = Mutex<[String]>([])
        let now = Mutex(MonotonicTime(nanoseconds: 1))

        var roots: TrustRoots {
            TrustRoots(clock: { [self] in now.withLock { $0 } }) { [self] file in
                reads.withLock { $0.append(file ?? "system") }
                return RootStore(reading: file)
            }
        }

        var count: Int { reads.withLock(\.count) }
    }

    private func task(_ url: String, caFile: String? = nil, proxy: ProxyServer? = nil) throws -> RequestTask {
        let target = try Target(parsing: url)
        let question = try #require(RequestQuestion(target, throughProxy: proxy != nil))
        return RequestTask(id: ProbeID(rawValue: 0), target: target, question: question, proxy: proxy, caFile: caFile)
    }

    @Test("are read before the first handshake, once for all threads")
    func once() throws {
        let counter = Counter()
        let roots = counter.roots
        roots.prepare(for: [try task("https://app.test/"), try task("tls://app.test:443")])
        #expect(counter.count == 1)
        #expect(roots.store(for: nil) != nil && TrustStore(roots).store(for: nil) === roots.store(for: nil))
        #expect(counter.count == 1)
    }

    @Test("are read for a redirect, and not where there is no handshake")
    func needed() throws {
        let counter = Counter()
        let roots = counter.roots
        roots.prepare(for: [try task("tcp://app.test:80", proxy: try ProxyServer(url: "http://proxy.test"))])
        #expect(counter.count == 0)
        roots.prepare(for: [try task("http://app.test/")])
        #expect(counter.count == 1)
        roots.prepare(for: [try task("tcp://app.test:80", proxy: try ProxyServer(url: "https://proxy.test"))])
        #expect(counter.count == 1)
    }

    @Test("of the system are read anew after an hour, and meanwhile the old ones hold")
    func renewed() throws {
        let counter = Counter()
        let roots = counter.roots
        let first = try #require(roots.store(for: nil))
        counter.now.withLock { $0 = $0 + TrustRoots.validity }
        #expect(roots.store(for: nil) === first)
        try eventually("the store is another", within: .seconds(10)) { roots.store(for: nil) !== first ? true : nil }
        #expect(counter.count == 2)
    }

    @Test("of a file that cannot be read are none, and it is tried again")
    func missing() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let counter = Counter()
        let roots = counter.roots
        #expect(roots.store(for: "\(folder.path)/ca.pem") == nil && roots.store(for: "\(folder.path)/ca.pem") == nil)
        #expect(counter.count == 2)
    }
}
