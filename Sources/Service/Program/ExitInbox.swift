import Scheduling
import Sockets

/// One exit status, waited for by a thread that has nothing else to do.
final class ExitInbox: Sendable {
    private let inbox: Inbox<Int32>

    init() throws(SystemError) {
        inbox = try Inbox()
    }

    func post(_ status: Int32) { inbox.post(status) }

    func wait() -> Int32 {
        guard let waiter = try? inbox.waiter() else { return 1 }
        while true {
            if let status = inbox.take().first { return status }
            waiter.wait(.seconds(3600))
        }
    }
}
