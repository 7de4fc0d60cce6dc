internal import Model
internal import Sockets
internal import Wire

extension TraceAnswer {
    /// What came with the message: how far it has come, and the kernel's stamp.
    init(kind: Kind, responder: IPAddress, _ control: ReceivedControl, receivedAt: MonotonicTime) {
        self.init(kind: kind, responder: responder, replyTTL: control.hopLimit, receivedAt: receivedAt)
        takeStamp(of: control)
    }

    mutating func takeStamp(of control: ReceivedControl) {
        if control.softwareStamp != 0 { receiveStamp = WallTime(nanoseconds: control.softwareStamp) }
    }
}
