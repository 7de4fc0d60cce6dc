import Model
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Probing

/// Negotiate, whose tokens come from a library that may wait for a KDC.
@Suite("tokens of Negotiate", .onOwnThread, .serialized)
struct TokenTests {
    /// A KDC that says nothing until it is told to.
    private final class SilentKDC: Sendable {
        private let isOver = Mutex(false)
        let asked = Mutex(0)

        var office: TokenOffice {
            TokenOffice { [self] _ in
                asked.withLock { $0 += 1 }
                while !isOver.withLock({ $0 }) { Thread.sleep(.milliseconds(5)) }
                return .failed("over")
            }
        }

        func end() { isOver.withLock { $0 = true } }
    }

    /// Takes one token, one password, and forwards what it is asked without them.
    private static func proxy(_ offered: [String] = ["Negotiate", "Basic realm=\"x\""]) throws -> ScriptedServer {
        try ScriptedServer { connection in
            while let head = connection.receiveHead() {
                // dTpw is u:p.
                let isGood = head.contains("Negotiate dG9rZW4=\r\n") || head.contains("Basic dTpw\r\n")
                let fields = offered.map { "Proxy-Authenticate: \($0)\r\n" }.joined()
                let answer = isGood ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 407 Who\r\n\(fields)"
                connection.send(answer + "Content-Length: 0\r\n\r\n")
            }
        }
    }

    private static func server(_ proxy: ScriptedServer, _ schemes: [AuthenticationScheme]) -> ProxyServer {
        let credentials = ProxyServer.Credentials(schemes: schemes, username: "u", password: .value(Secret("p")))
        return ProxyServer(name: "corp", host: "127.0.0.1", port: proxy.port, credentials: credentials)
    }

    /// Asks one after the other, by one engine.
    private static func outcomes(_ office: TokenOffice, _ proxies: [ProxyServer?], url: String) throws -> [Outcome] {
        let engine = try RequestEngine(lookup: Asking.lookup, tokens: office) { _ in }
        defer { engine.stop() }
        return try proxies.map { try ask(engine, $0, url: url) }
    }

    private static func ask(_ engine: RequestEngine, _ proxy: ProxyServer?, url: String) throws -> Outcome {
        let task = RequestTask(
            id: ProbeID(rawValue: 0),
            target: try Target(parsing: url),
            question: .http(HTTPQuestion()),
            proxy: proxy,
            timeout: .seconds(3)
        )
        let found = Mutex<Outcome?>(nil)
        engine.ask(task) { outcome in found.withLock { $0 = outcome } }
        return try eventually("the request has ended", within: .seconds(20)) { found.withLock { $0 } }
    }

    @Test("a token is shown as the field of RFC 4559, one for each request")
    func shown() throws {
        let proxy = try Self.proxy()
        let asked = Mutex<[String]>([])
        let office = TokenOffice { host in
            asked.withLock { $0.append(host) }
            return .token(Secret("dG9rZW4="))
        }
        let server = Self.server(proxy, [.negotiate])
        let outcomes = try Self.outcomes(office, [server, server], url: "http://app.test/")
        let areAnswered = outcomes.allSatisfy(\.isAnswer)
        #expect(areAnswered, "\(outcomes)")
        #expect(outcomes[0].detail?.request?.proxy?.scheme == "negotiate")
        #expect(asked.withLock { $0 } == ["127.0.0.1", "127.0.0.1"])
    }

    @Test("while the KDC is silent the next scheme is tried in the same time, and other requests go on")
    func silent() throws {
        let kdc = SilentKDC()
        defer { kdc.end() }
        let proxy = try Self.proxy()
        let service = try Self.proxy([])
        let outcomes = try Self.outcomes(
            kdc.office,
            [Self.server(proxy, [.negotiate, .basic]), nil],
            url: "http://localhost:\(service.port)/"
        )
        #expect(outcomes[0].isAnswer && outcomes[0].detail?.request?.proxy?.scheme == "basic", "\(outcomes)")
        #expect(outcomes[1].detail?.request?.status == 407, "\(outcomes)")
    }

    @Test("a scheme that stands in for a KDC that is silent is not kept when it speaks again")
    func returns() throws {
        let isSilent = Mutex(true)
        let office = TokenOffice { _ in
            while isSilent.withLock({ $0 }) { Thread.sleep(.milliseconds(5)) }
            return .token(Secret("dG9rZW4="))
        }
        defer { isSilent.withLock { $0 = false } }
        let proxy = try Self.proxy()
        let server = Self.server(proxy, [.negotiate, .basic])
        let engine = try RequestEngine(lookup: Asking.lookup, tokens: office) { _ in }
        defer { engine.stop() }
        func scheme() throws -> String? {
            try Self.ask(engine, server, url: "http://app.test/").detail?.request?.proxy?.scheme
        }
        #expect(try scheme() == "basic")
        isSilent.withLock { $0 = false }
        try eventually("Negotiate is performed", within: .seconds(10)) { try scheme() == "negotiate" ? true : nil }
    }

    @Test("a silent KDC and no other scheme: authentication is required, and the engine ends all the same")
    func required() throws {
        let kdc = SilentKDC()
        defer { kdc.end() }
        let proxy = try Self.proxy()
        let server = Self.server(proxy, [.negotiate])
        let outcomes = try Self.outcomes(kdc.office, [server, server], url: "http://app.test/")
        #expect(outcomes.map(\.result) == [.failed(.proxyAuthRequired), .failed(.proxyAuthRequired)])
        #expect(outcomes[1].detail?.message?.contains("the KDC does not answer") == true, "\(outcomes)")
        #expect(kdc.asked.withLock { $0 } == 1, "its thread is held: nobody else asks")
    }

    @Test("a proxy that takes a token and asks on is told, and no password is shown instead")
    func rounds() throws {
        let proxy = try ScriptedServer { connection in
            while let head = connection.receiveHead() {
                let field = head.contains("Proxy-Authorization") ? "Negotiate b24=" : "Negotiate"
                connection.send("HTTP/1.1 407 Who\r\nProxy-Authenticate: \(field)\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let office = TokenOffice { _ in .token(Secret("dG9rZW4=")) }
        let server = Self.server(proxy, [.negotiate, .basic])
        let outcomes = try Self.outcomes(office, [server], url: "http://app.test/")
        #expect(outcomes.map(\.result) == [.failed(.proxyProtocol)], "\(outcomes)")
    }
}
