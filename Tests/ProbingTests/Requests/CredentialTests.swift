import Model
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Probing

/// Many probes, one proxy that does not take their password: it is shown once, whatever the proxy does.
@Suite("credentials are shown once", .onOwnThread, .serialized)
struct CredentialTests {
    /// What a proxy of a test does after it was shown a password for the nth time.
    typealias Reply = @Sendable (ScriptedServer.Connection, _ time: Int) -> Void

    private static let digest = "Digest realm=\"x\", nonce=\"abc\", qop=\"auth\""

    private static func challenge(_ field: String) -> String {
        "HTTP/1.1 407 Who\r\nProxy-Authenticate: \(field)\r\nContent-Length: 0\r\n\r\n"
    }

    /// Streams of requests through one proxy, until enough of them have ended.
    private final class Site: Sendable {
        let shown = Mutex(0)
        let outcomes = Mutex<[Outcome]>([])

        func run(
            _ schemes: [AuthenticationScheme],
            url: String = "https://app.test/",
            passwords: [String] = ["wrong"],
            reloads: Bool = false,
            until isEnough: ([Outcome]) -> Bool = { $0.count >= 40 },
            _ reply: @escaping Reply
        ) throws {
            let field = schemes == [.digest] ? CredentialTests.digest : "Basic realm=\"x\""
            let server = try ScriptedServer { [self] connection in
                while let head = connection.receiveHead() {
                    guard head.contains("Proxy-Authorization:") else {
                        connection.send(CredentialTests.challenge(field))
                        continue
                    }
                    let time = shown.withLock { count in
                        count += 1
                        return count
                    }
                    reply(connection, time)
                }
            }
            let engine = try RequestEngine(lookup: Asking.lookup) { [self] batch in
                outcomes.withLock { $0 += batch.outcomes }
            }
            defer { engine.stop() }
            let target = try Target(parsing: url)
            func tasks(_ timeout: Duration) -> [RequestTask] {
                (0..<4).map { number in
                    let password = passwords[number % passwords.count]
                    let proxy = ProxyServer(
                        name: "corp",
                        host: "127.0.0.1",
                        port: server.port,
                        credentials: .init(schemes: schemes, username: "u", password: .value(Secret(password)))
                    )
                    return RequestTask(
                        id: ProbeID(rawValue: Int32(number)),
                        target: target,
                        question: .http(HTTPQuestion()),
                        proxy: proxy,
                        interval: .milliseconds(20),
                        timeout: timeout,
                        phase: .zero
                    )
                }
            }
            engine.reconcile(tasks(.milliseconds(150)))
            let end = Clock.now + .seconds(20)
            var turn = 0
            // On a busy machine the first probes may time out before any of them shows it.
            while count == 0 || !isEnough(outcomes.withLock { $0 }), Clock.now < end {
                Thread.sleep(.milliseconds(50))
                turn += 1
                if reloads { engine.reconcile(tasks(.milliseconds(150 + turn % 2))) }
            }
            #expect(count > 0 && isEnough(outcomes.withLock { $0 }))
        }

        var messages: Set<String> {
            Set(outcomes.withLock { $0 }.map { "\($0.result): \($0.detail?.message ?? "")" })
        }
        var count: Int { shown.withLock { $0 } }
        var reasons: Set<Reason> {
            Set(outcomes.withLock { $0 }.compactMap { if case .failed(let reason) = $0.result { reason } else { nil } })
        }
    }

    private static let schemes: [[AuthenticationScheme]] = [[.basic], [.digest]]

    @Test("by a proxy that never answers", arguments: schemes)
    func silent(schemes: [AuthenticationScheme]) throws {
        let site = Site()
        try site.run(schemes) { connection, _ in connection.waitForEnd() }
        #expect(site.count == 1)
        // The one that showed it; the others waited for the verdict, which is no result of theirs.
        #expect(site.reasons.contains(.timeout) && !site.reasons.contains(.proxyAuthRejected), "\(site.messages)")
    }

    @Test(
        "by a proxy that breaks the connection then",
        arguments: ["https://app.test/", "http://app.test/"],
        [false, true]
    )
    func broken(url: String, resets: Bool) throws {
        for schemes in Self.schemes {
            let site = Site()
            try site.run(schemes, url: url) { connection, _ in
                if resets { connection.reset() }
                connection.end()
            }
            #expect(site.count == 1, "\(schemes)")
            #expect(!site.reasons.contains(.proxyAuthRejected), "nobody has said so")
        }
    }

    @Test(
        "by a proxy that says no otherwise than by 407",
        arguments: ["https://app.test/", "http://app.test/"],
        ["403 No", "503 No", "400 No", "302 Found", "401 No", "407 No"]
    )
    func otherwise(url: String, status: String) throws {
        let site = Site()
        try site.run([.basic], url: url) { connection, _ in
            connection.send("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n")
        }
        #expect(site.count == 1, "\(site.messages)")
    }

    @Test("by a proxy that refuses a request as tinyproxy does, with 401 and its realm")
    func unauthorized() throws {
        let site = Site()
        try site.run([.basic], url: "http://app.test/") { connection, _ in
            let field = "WWW-Authenticate: Basic realm=\"x\""
            connection.send("HTTP/1.1 401 No\r\n\(field)\r\nContent-Length: 0\r\n\r\n")
        }
        #expect(site.count == 1)
        #expect(site.reasons == [.proxyAuthRejected], "\(site.messages)")
    }

    @Test("by a proxy that names another realm each time")
    func realms() throws {
        let site = Site()
        try site.run([.basic], url: "http://app.test/") { connection, time in
            connection.send(Self.challenge("Basic realm=\"\(time)\""))
        }
        #expect(site.count == 1, "\(site.messages)")
    }

    @Test("by a proxy that refuses it late")
    func late() throws {
        let site = Site()
        let isRefused: ([Outcome]) -> Bool = { $0.contains { $0.result == .failed(.proxyAuthRejected) } }
        try site.run([.basic], until: isRefused) { connection, _ in
            Thread.sleep(.milliseconds(600))
            connection.send(Self.challenge("Basic realm=\"x\""))
        }
        #expect(site.count == 1)
    }

    @Test("through reloads while it is shown")
    func reload() throws {
        let site = Site()
        try site.run([.digest], reloads: true) { connection, _ in connection.waitForEnd() }
        #expect(site.count == 1)
    }

    @Test("by two proxies of the configuration that are one, each with a password of its own: one each")
    func alternating() throws {
        let site = Site()
        try site.run([.basic], passwords: ["wrong", "wronger"]) { connection, _ in
            connection.send(Self.challenge("Basic realm=\"x\""))
        }
        #expect(site.count == 2)
    }

    @Test("a nonce that is always stale: one more time, no more")
    func stale() throws {
        let site = Site()
        try site.run([.digest]) { connection, _ in
            connection.send(Self.challenge(Self.digest + ", stale=true"))
        }
        #expect(site.count == 2)
    }

    @Test("a nonce that comes with the word stale is used (RFC 7616 §3.3)")
    func renewed() throws {
        let server = try ScriptedServer { connection in
            while let head = connection.receiveHead() {
                guard head.contains("Proxy-Authorization:") else {
                    connection.send(Self.challenge(Self.digest))
                    continue
                }
                let isNew = head.contains("nonce=\"new\"")
                let stale = "Digest realm=\"x\", nonce=\"new\", qop=\"auth\", stale=true"
                connection.send(isNew ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : Self.challenge(stale))
            }
        }
        let credentials = ProxyServer.Credentials(
            schemes: [.digest],
            username: "u",
            password: .value(Secret("hunter2"))
        )
        let proxy = ProxyServer(name: "corp", host: "127.0.0.1", port: server.port, credentials: credentials)
        let result = try Asking.ask("http://app.test/", proxy: proxy)
        #expect(result.outcome.isAnswer, "\(result.outcome)")
    }

    @Test("a good one that was answered too late is proven all the same, and the next probes pass")
    func slow() throws {
        let site = Site()
        let havePassed: ([Outcome]) -> Bool = { $0.count(where: \.isAnswer) >= 10 }
        try site.run([.basic], url: "http://app.test/", until: havePassed) { connection, time in
            if time == 1 { Thread.sleep(.milliseconds(600)) }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        #expect(!site.reasons.contains(.proxyAuthRequired))
    }
}
