import Links
import Logging
import Model
import Testing

@testable import Service

@Suite("what the monitor knows of captures")
struct CaptureBookTests {
    private func moment(_ seconds: Double) -> MonotonicTime { Sample.clock(seconds).monotonic }

    @Test("drops are told once an episode, and are overload until half a minute after the last")
    func drops() {
        var book = CaptureBook()
        #expect(book.overload(at: moment(0)) == nil)
        let first = book.note(.dropped(interface: "eth0", packets: 5), at: moment(0))
        let second = book.note(.dropped(interface: "eth0", packets: 7), at: moment(1))
        #expect(first.sentence?.level == .warning && second.sentence == nil)
        #expect(book.overload(at: moment(2)) == "packets of eth0")
        #expect(book.overload(at: moment(32)) == nil)
        let later = book.note(.dropped(interface: "eth0", packets: 3), at: moment(60))
        #expect(later.sentence != nil)
        #expect(book.overload(at: moment(60)) == "packets of eth0")
    }

    @Test("an interface that is missing is told with what will be done")
    func missing() {
        var book = CaptureBook()
        let told = book.note(.closed(interface: "tap0", reason: "no such device", isMissing: true), at: moment(0))
        #expect(told.sentence?.text == "tap0 is not captured: no such device; it is captured when it is there")
    }
}
