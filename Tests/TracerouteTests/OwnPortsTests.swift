import Model
import Testing

@testable import Traceroute

@Suite("Ports of probes that need one each")
struct OwnPortsTests {
    private let start = MonotonicTime(nanoseconds: 5_000_000_000)

    @Test("as many probes as may be under way at once have a port of their own each, and it tells whose an answer is")
    func manyAtOnce() {
        var ports = OwnPorts(behind: UDPProbes.defaultPort)
        let taken = (0..<600).map { ports.take(for: $0, at: start) }
        #expect(Set(taken).count == 600 && taken.min() == UDPProbes.defaultPort + 1)
        #expect(taken.map { ports.owner(of: $0) } == Array(0..<600))
        #expect(ports.owner(of: UDPProbes.defaultPort) == nil)
    }

    @Test("a few probes at a time stay among the ports that firewalls let pass")
    func few() {
        var ports = OwnPorts(behind: UDPProbes.defaultPort)
        var taken: [UInt16] = []
        for round in 0..<100 {
            for hop in 0..<10 {
                taken.append(ports.take(for: round * 10 + hop, at: start + .milliseconds(100) * round))
            }
        }
        #expect(Set(taken).count == OwnPorts.usual && taken[0] == taken[OwnPorts.usual])
        #expect(ports.owner(of: taken[0]) != 0)
    }

    @Test("however many are under way, ports do not end, and there are so many behind any port")
    func bounded() {
        for port in [UDPProbes.defaultPort, UInt16.max] {
            var ports = OwnPorts(behind: port)
            let taken = (0..<10_000).map { ports.take(for: $0, at: start) }
            #expect(Set(taken).count == OwnPorts.most && taken[0] == taken[OwnPorts.most])
        }
    }
}
