import Model
import Sockets
import TestSupport
import Testing
import Wire

@testable import Probing

/// A name may have several addresses; it is well when one of them is.
@Suite("names with several addresses", .onOwnThread, .serialized)
struct AddressTests {
    /// Nobody listens on the first.
    private static let lookup: HostLookup = { name, answer in
        let addresses = [IPv4Address(127, 0, 0, 2), IPv4Address(127, 0, 0, 1)].map { IPAddress.v4($0) }
        answer(name == "both.test" ? .addresses(addresses) : .failed(.dnsNXDomain))
    }

    private func ask(_ url: String, proxy: ProxyServer? = nil) throws -> Outcome {
        let target = try Target(parsing: url)
        let question = try #require(RequestQuestion(target, throughProxy: proxy != nil))
        let task = RequestTask(id: ProbeID(rawValue: 0), target: target, question: question, proxy: proxy)
        return try RequestEngine.requestOnce(task, lookup: Self.lookup)
    }

    private static let good: @Sendable (ScriptedServer.Connection) -> Void = { connection in
        _ = connection.receiveHead()
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    }

    @Test("the next is asked where the first refuses")
    func next() throws {
        let server = try ScriptedServer(Self.good)
        #expect(try ask("http://both.test:\(server.port)/").isAnswer)
    }

    @Test("of a proxy too")
    func proxy() throws {
        let server = try ScriptedServer(Self.good)
        let proxy = ProxyServer(name: "p", host: "both.test", port: server.port)
        #expect(try ask("http://app.test/", proxy: proxy).isAnswer)
    }

    @Test("where strangers choose the targets, the configuration leads farther than they do", arguments: [true, false])
    func rule(isOwn: Bool) throws {
        let server = try ScriptedServer(Self.good)
        let rule = AddressRule(permits: { _ in false }, permitsUnknown: { false }, permitsOwn: { _ in true })
        let engine = try RequestEngine(lookup: Self.lookup, rule: rule, deliver: { _ in })
        defer { engine.stop() }
        let target = try Target(parsing: "http://127.0.0.1:\(server.port)/")
        var task = RequestTask(id: ProbeID(rawValue: 0), target: target, question: .http(HTTPQuestion()))
        task.isOwn = isOwn
        let inbox = try Inbox<Outcome>()
        engine.ask(task) { inbox.post($0) }
        let outcome = try eventually("an outcome") { inbox.take().first }
        #expect(isOwn ? outcome.isAnswer : outcome.result == .failed(.permission))
    }

    @Test("where all refuse, the name refuses")
    func refused() throws {
        #expect(try ask("http://both.test:\(try TCP.freePort())/").result == .failed(.refused))
    }
}
