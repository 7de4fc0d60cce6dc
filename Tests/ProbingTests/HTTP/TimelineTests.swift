import Model
import Testing

@testable import Probing

@Suite("phases of a connection")
struct TimelineTests {
    private func text(_ line: Timeline) -> String {
        line.phases.map { "\($0.name.rawValue)=\($0.duration.nanoseconds)" }.joined(separator: " ")
    }

    @Test("an HTTPS request through a proxy has all of them, each from the end of the one before")
    func proxied() {
        var line = Timeline(at: 100, usesProxy: true, tunnels: true, isTLS: true)
        line.connected(at: 110)
        line.requested(at: 111)
        line.received(at: 130)
        line.tunnelled(at: 140)
        line.secured(at: 200)
        line.requested(at: 201)
        line.received(at: 250)
        line.received(at: 255)
        line.end(at: 260)
        #expect(text(line) == "proxy_connect=10 proxy_tunnel=30 tls=60 request=1 first_byte=49 transfer=10")
    }

    @Test("a failure counts the phase in which it hung")
    func hung() {
        var line = Timeline(at: 0, usesProxy: false, tunnels: false, isTLS: true)
        line.connected(at: 5)
        line.end(at: 800)
        #expect(text(line) == "connect=5 tls=795" && line.current == .tls)
    }

    @Test("rounds with a plain proxy add up")
    func rounds() {
        var line = Timeline(at: 0, usesProxy: true, tunnels: false, isTLS: false)
        line.connected(at: 1)
        line.requested(at: 3)
        line.received(at: 10)
        line.requested(at: 12)
        line.received(at: 20)
        line.end(at: 21)
        #expect(text(line) == "proxy_connect=1 request=2 first_byte=15 transfer=3")
    }

    @Test("a mere handshake has no phase of a request")
    func handshake() {
        var line = Timeline(at: 0, usesProxy: false, tunnels: false, isTLS: true)
        line.connected(at: 2)
        line.secured(at: 9)
        line.endWithoutRequest(at: 12)
        line.end(at: 15)
        #expect(text(line) == "connect=2 tls=7")
    }

    @Test("stamps out of order and twice change nothing")
    func disorder() {
        var line = Timeline(at: 10, usesProxy: false, tunnels: false, isTLS: false)
        line.tunnelled(at: 11)
        line.secured(at: 12)
        line.requested(at: 13)
        line.connected(at: 14)
        line.end(at: 9)
        line.end(at: 50)
        #expect(text(line) == "connect=3 request=0 first_byte=0")
    }
}
