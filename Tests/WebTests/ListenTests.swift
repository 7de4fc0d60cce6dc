import Logging
import ServiceLifecycle
import TestSupport
import Testing
import Web

@Suite("listening", .onOwnThread)
struct ListenTests {
    @Test(
        "addresses are read and written alike",
        arguments: [
            ("127.0.0.1:9719", "127.0.0.1", 9719), ("[::1]:9719", "::1", 9719), ("localhost:0", "localhost", 0),
        ]
    )
    func reads(text: String, host: String, port: UInt16) throws {
        let address = try ListenAddress(parsing: text)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address.description == text)
    }

    @Test("a port alone means every IPv4 address")
    func portAlone() throws {
        #expect(try ListenAddress(parsing: ":9719") == ListenAddress(host: "0.0.0.0", port: 9719))
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "9719", "localhost", "localhost:", "localhost:65536", "localhost:-1", "::1:9719", "[::1]", "[]:1",
            "[::1:9", "a b:1",
        ]
    )
    func refuses(text: String) {
        let error = #expect(throws: ListenError.self) { try ListenAddress(parsing: text) }
        #expect(error?.description == "'\(text)' is no listen address; allowed: HOST:PORT, [IPV6]:PORT")
    }

    @Test("a port in use is said at once, with what to do")
    func portInUse() async throws {
        try await withServer { port in
            let second = WebServer(listen: ListenAddress(host: "127.0.0.1", port: port), source: .sample())
            let error = await #expect(throws: ListenError.self) { try await second.run() }
            #expect(
                error?.description
                    == "cannot listen on 127.0.0.1:\(port): address already in use; choose another with --listen"
            )
        }
    }

    @Test("an address that this host has not is said")
    func foreignAddress() async throws {
        let server = WebServer(listen: ListenAddress(host: "192.0.2.1", port: 0), source: .sample())
        let error = await #expect(throws: ListenError.self) { try await server.run() }
        #expect(error?.description.hasPrefix("cannot listen on 192.0.2.1:0: no interface of this host") == true)
    }

    @Test("a name that does not resolve is said")
    func unknownName() async throws {
        let server = WebServer(listen: ListenAddress(host: "netprobe.invalid", port: 0), source: .sample())
        let error = await #expect(throws: ListenError.self) { try await server.run() }
        #expect(error?.description.hasPrefix("cannot listen on netprobe.invalid:0: ") == true)
    }

    @Test("IPv6 loopback works")
    func ipv6() async throws {
        let answer = try await withServer(host: "::1") { try ask("/-/healthy", host: "::1", port: $0) }
        #expect(answer.status == 200)
    }

    @Test("the end frees the port and open connections")
    func ends() async throws {
        var port: UInt16 = 0
        var client: RawClient?
        try await withServer {
            port = $0
            client = try RawClient(port: $0)
        }
        #expect(try #require(client).readToEnd() == [])
        #expect(throws: RawClient.Failed.self) { try RawClient(port: port) }
    }

    @Test("a graceful shutdown of the service group ends the server, with a connection open")
    func endsWithItsGroup() async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: UInt16.self)
        let server = WebServer(listen: ListenAddress(host: "127.0.0.1", port: 0), source: .sample()) {
            continuation.yield($0.port)
        }
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let group = ServiceGroup(services: [server], logger: logger)
        let running = Task { try await group.run() }
        let port = try #require(await ports.first { _ in true })
        let client = try RawClient(port: port)
        client.send("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.readAnswer().status == 200)
        await group.triggerGracefulShutdown()
        try await running.value
        #expect(client.readToEnd() == [])
    }

    @Test("a request that never ends does not hold up the end")
    func endsInTime() async throws {
        let gate = Gate()
        var limits = WebLimits()
        limits.endTime = .milliseconds(50)
        let source = WebSource.sample(metrics: { _ in
            await gate.pass()
            return []
        })
        let client = try await withServer(source, limits: limits) { port in
            let client = try RawClient(port: port)
            client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            await gate.waitForFirst()
            Task {
                try await Task.sleep(for: .seconds(1))
                await gate.open()
            }
            return client
        }
        #expect(client.readToEnd() == [])
    }

    @Test("starts and ends under connections that come all the time")
    func endsUnderLoad() async throws {
        for _ in 0..<20 {
            let clients = try await withServer { port in
                try (0..<20).map { _ in
                    let client = try RawClient(port: port)
                    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
                    return client
                }
            }
            for client in clients { #expect(client.readToEnd() != nil) }
        }
    }
}
