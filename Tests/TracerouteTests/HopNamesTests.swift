import Model
import Sockets
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("names of hops")
struct HopNamesTests {
    @Test("while a name server is silent, traces share so many look-ups and no more; then there are names again")
    func silentServer() throws {
        let threads = HopNames.Threads(limit: 3)
        let asked = Mutex(0)
        let isOpen = Mutex(false)
        for trace in 0..<4 {
            let names = try HopNames(threads: threads) { _ in
                asked.withLock { $0 += 1 }
                while !isOpen.withLock({ $0 }) { Thread.sleep(.milliseconds(1)) }
                return nil
            }
            for number in 1...5 { names.ask(ip("10.0.\(trace).\(number)"), at: SystemClock.monotonic()) }
        }
        isOpen.withLock { $0 = true }
        while !threads.take() { Thread.sleep(.milliseconds(1)) }
        threads.giveBack()
        #expect(asked.withLock { $0 } <= 3)
        let names = try HopNames(threads: threads) { "host-\($0)" }
        let address = ip("10.0.0.1")
        names.ask(address, at: SystemClock.monotonic())
        #expect(names.finish(cancellation: nil) == [address: "host-10.0.0.1"])
    }
}
