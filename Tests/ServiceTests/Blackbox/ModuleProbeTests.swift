import Model
import Synchronization
import TestSupport
import Testing

@testable import Service

/// `netprobe probe --module`: one probe as `/probe` does it.
@Suite("a probe by a module", .onOwnThread, .serialized)
struct ModuleProbeTests {
    private func probe(
        _ target: String,
        _ module: String,
        via: String? = nil,
        config: String? = nil
    ) -> (OneShotResult, [String]) {
        let lines = Mutex<[String]>([])
        let probe = OneShotProbe(
            target: target,
            config: config,
            module: module,
            timeout: "2s",
            via: via,
            isDebugging: false
        )
        let result = probe.run { line in lines.withLock { $0.append(line) } }
        return (result, lines.withLock { $0 })
    }

    private static func server(_ status: Int) throws -> ScriptedServer {
        try ScriptedServer { connection in
            _ = connection.receiveHead()
            connection.send("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n")
        }
    }

    @Test("says what /probe says, and its exit status what the command's does")
    func answers() throws {
        let good = try Self.server(204)
        let (result, _) = probe("127.0.0.1:\(good.port)", "http_2xx")
        #expect(result.status == 0 && result.rendered(as: .text)?.contains("\nprobe_http_status_code 204\n") == true)
        let document = try JSONValue(parsing: Array((result.rendered(as: .json) ?? "").utf8))
        #expect(document["success"]?.asBool == true && document["status"]?.asInteger == 204)
        #expect(document["reason"] == .null && document["phases_ns"]?["connect"]?.asInteger ?? 0 > 0)
        #expect(probe("127.0.0.1:\(good.port)", "tcp_connect").0.status == 0)
    }

    @Test("fails with a reason")
    func failures() throws {
        let bad = try Self.server(500)
        let (result, _) = probe("http://127.0.0.1:\(bad.port)/", "http_2xx")
        #expect(result.status == 1 && result.reason == .httpStatus)
        #expect(probe("127.0.0.1:\(try TCP.freePort())", "tcp_connect").0.reason == .refused)
    }

    @Test(
        "asks no address through a proxy that it would not ask itself, in whatever spelling",
        arguments: ["169.254.169.254", "[::ffff:a9fe:a9fe]", "0xa9fea9fe"]
    )
    func proxied(host: String) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let asked = Mutex(0)
        let proxy = try ScriptedServer { connection in
            while let head = connection.receiveHead() {
                let isFirst = head.hasPrefix("GET http://app.test")
                asked.withLock { $0 += isFirst ? 0 : 1 }
                let answer = isFirst ? "302 Found\r\nLocation: http://\(host)/" : "200 OK"
                connection.send("HTTP/1.1 \(answer)\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let way = "http: {proxy_url: 'http://127.0.0.1:\(proxy.port)', skip_resolve_phase_with_proxy: true}"
        let modules = try folder.write("blackbox.yml", "modules: {p: {prober: http, \(way)}}\n")
        let listed = "server: {modules: \(modules), probe_targets: {deny: [192.0.2.0/24]}}"
        let open = try folder.write("open.yml", "server: {modules: \(modules)}\nprobes: [\"tcp://127.0.0.1:9\"]\n")
        let lists = try folder.write("lists.yml", "\(listed)\nprobes: [\"tcp://127.0.0.1:9\"]\n")
        #expect(probe("http://\(host)/", "p", config: open).0.status == 77)
        #expect(probe("http://app.test/", "p", config: open).0.reason == .permission)
        #expect(probe("http://app.test/", "p", config: lists).0.status == 77, "where it leads only the proxy knows")
        #expect(asked.withLock { $0 } == 0)
    }

    @Test("does nothing where the module is not there, or goes with a proxy of another")
    func usage() {
        let (unknown, lines) = probe("127.0.0.1", "none")
        #expect(unknown.status == 64 && lines.first?.contains("http_2xx, icmp, tcp_connect") == true)
        #expect(probe("127.0.0.1", "icmp", via: "http://127.0.0.1:1").0.status == 64)
    }
}
