import Sockets
import Synchronization
import TestSupport
import Testing

@Suite("Inbox", .onOwnThread)
struct InboxTests {
    @Test("messages come once and in their order")
    func order() throws {
        let inbox = try Inbox<Int>()
        for number in 0..<5 { inbox.post(number) }
        #expect(inbox.take() == [0, 1, 2, 3, 4])
        #expect(inbox.take().isEmpty)
    }

    @Test("the bell is readable while there is a message, and silent after it was taken")
    func bell() throws {
        let inbox = try Inbox<Int>()
        let epoll = try Epoll(capacity: 1)
        try epoll.add(inbox.bell.number, .readable, token: 0)
        #expect(try epoll.wait(.zero) == 0)
        inbox.post(1)
        inbox.post(2)
        #expect(try epoll.wait(.zero) == 1)
        _ = inbox.take()
        #expect(try epoll.wait(.zero) == 0)
        inbox.post(3)
        #expect(try epoll.wait(.zero) == 1)
    }

    @Test("a ring without a message wakes once, not for ever")
    func strayRing() throws {
        let inbox = try Inbox<Int>()
        inbox.bell.signal()
        #expect(inbox.take().isEmpty)
        let epoll = try Epoll(capacity: 1)
        try epoll.add(inbox.bell.number, .readable, token: 0)
        #expect(try epoll.wait(.zero) == 0)
    }

    @Test("waiting ends with a message from another thread")
    func wakes() throws {
        let inbox = try Inbox<String>()
        let thread = try DedicatedThread(name: "poster") { inbox.post("hello") }
        inbox.wait(nil)
        thread.join()
        #expect(inbox.take() == ["hello"])
    }

    @Test("waiting ends with its time", arguments: [Duration.zero, .nanoseconds(1), .milliseconds(1), .seconds(-1)])
    func timeout(limit: Duration) throws {
        let inbox = try Inbox<Int>()
        inbox.wait(limit)
        #expect(inbox.take().isEmpty)
    }

    @Test("no message of several threads is lost or doubled")
    func many() throws {
        let inbox = try Inbox<Int>()
        let threads = try (0..<4).map { group in
            try DedicatedThread(name: "poster") {
                for number in 0..<5_000 { inbox.post(group * 5_000 + number) }
            }
        }
        var taken: [Int] = []
        for _ in 0..<20_000 where taken.count < 20_000 {
            inbox.wait(.seconds(10))
            taken += inbox.take()
        }
        for thread in threads { thread.join() }
        #expect(taken.sorted() == Array(0..<20_000))
        for group in 0..<4 {
            let own = taken.filter { $0 / 5_000 == group }
            #expect(own == own.sorted())
        }
    }
}
