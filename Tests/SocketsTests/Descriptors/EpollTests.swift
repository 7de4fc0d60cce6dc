import Model
import Sockets
import TestSupport
import Testing

@Suite("Epoll, events and timers", .onOwnThread)
struct EpollTests {
    @Test("a signal from another thread wakes, and is gone when cleared")
    func signal() throws {
        let epoll = try Epoll(capacity: 4)
        let event = try EventFD()
        try epoll.add(event.number, .readable, token: 42)
        #expect(try epoll.wait(.zero) == 0)
        let thread = try DedicatedThread(name: "signals") { event.signal() }
        #expect(try epoll.wait(.seconds(5)) == 1)
        thread.join()
        #expect(epoll.event(at: 0).token == 42)
        #expect(epoll.event(at: 0).ready == .readable)
        event.clear()
        #expect(try epoll.wait(.zero) == 0)
    }

    @Test("the wait ends when its time is over")
    func timeout() throws {
        let epoll = try Epoll(capacity: 1)
        let start = SystemClock.monotonic()
        #expect(try epoll.wait(.milliseconds(3)) == 0)
        #expect(SystemClock.monotonic() - start >= .milliseconds(3))
    }

    @Test("a removed descriptor says nothing more")
    func remove() throws {
        let epoll = try Epoll(capacity: 1)
        let event = try EventFD()
        try epoll.add(event.number, .readable, token: 1)
        try epoll.remove(event.number)
        event.signal()
        #expect(try epoll.wait(.zero) == 0)
    }

    @Test("a timer fires at its time and counts what was missed")
    func timer() throws {
        let epoll = try Epoll(capacity: 1)
        let timer = try TimerFD()
        try epoll.add(timer.number, .readable, token: 1)
        try timer.arm(at: SystemClock.monotonic() - .milliseconds(10), every: .milliseconds(2))
        #expect(try epoll.wait(.seconds(5)) == 1)
        #expect(timer.expirations() >= 5)
        try timer.arm(at: nil)
        #expect(timer.expirations() == 0)
    }

    @Test("both clocks are read as of one moment")
    func clocks() {
        let first = SystemClock.reading()
        let second = SystemClock.reading()
        #expect(second.monotonic >= first.monotonic)
        let offset = { (reading: ClockReading) in reading.wall.nanoseconds - reading.monotonic.nanoseconds }
        #expect(abs(offset(first) - offset(second)) < 1_000_000_000)
    }
}
