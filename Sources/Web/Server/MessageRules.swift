internal import NIOCore
internal import NIOHTTP1

/// What HTTP/1 asks of a server beside the answer: one Host (RFC 9112 §3.2), the end of connections that are not to
/// persist, HTTP/1.0 among them (§9.3), and an early word on a body that will not be taken (RFC 9110 §10.1.1, §15.5.14).
final class MessageRules: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private struct Refusal {
        var status: HTTPResponseStatus
        var text: String
    }

    private let limits: WebLimits
    /// Requests that wait for their answers, which come in the same order.
    private var unanswered: [HTTPRequestHead] = []
    private var refusal: Refusal?
    /// Of a connection that ends nothing more is read.
    private var isLast = false
    private var lingering: Scheduled<Void>?

    init(limits: WebLimits) {
        self.limits = limits
    }

    func channelInactive(context: ChannelHandlerContext) {
        lingering?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard !isLast, refusal == nil else { return }
            if let refusal = refusal(of: head) {
                self.refusal = refusal
                return refuseIfAnswered(context)
            }
            if !head.isOld, head.headers.contains(name: "Expect"), unanswered.isEmpty {
                context.writeAndFlush(wrapOutboundOut(.head(.init(version: .http1_1, status: .continue))), promise: nil)
            }
            unanswered.append(head)
            context.fireChannelRead(data)
        case .body:
            guard !isLast, refusal == nil else { return }
            context.fireChannelRead(data)
        case .end:
            guard !isLast, refusal == nil else { return }
            isLast = unanswered.last.map { !$0.isKeepAlive } ?? false
            context.fireChannelRead(data)
        }
    }

    private func refusal(of head: HTTPRequestHead) -> Refusal? {
        let hosts = head.headers["Host"].count
        if hosts > 1 || (hosts == 0 && !head.isOld) {
            return Refusal(status: .badRequest, text: "400 a request names its host once (RFC 9112 §3.2)")
        }
        if let length = head.headers.first(name: "Content-Length").flatMap(Int.init), length > limits.bodyBytes {
            return Refusal(status: .payloadTooLarge, text: limits.bodyRefusal)
        }
        return nil
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var response) where response.status.code >= 200:
            if let request = unanswered.first {
                if !request.isKeepAlive {
                    response.headers.replaceOrAdd(name: "Connection", value: "close")
                } else if request.isOld {
                    response.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
                }
            }
            context.write(wrapOutboundOut(.head(response)), promise: promise)
        case .end where !unanswered.isEmpty:
            let request = unanswered.removeFirst()
            context.write(data, promise: promise)
            if request.isKeepAlive { refuseIfAnswered(context) } else { end(context) }
        default:
            context.write(data, promise: promise)
        }
    }

    private func refuseIfAnswered(_ context: ChannelHandlerContext) {
        guard let refusal, unanswered.isEmpty, !isLast else { return }
        isLast = true
        let body = context.channel.allocator.buffer(string: refusal.text + "\n")
        let head = HTTPResponseHead(
            version: .http1_1,
            status: refusal.status,
            headers: [
                "Content-Type": "text/plain; charset=utf-8", "Content-Length": String(body.readableBytes),
                "Connection": "close",
            ]
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    /// What still comes is read and dropped for a while: closed with bytes unread, the kernel would reset the connection
    /// and the peer could lose the answer (RFC 9112 §9.6).
    private func end(_ context: ChannelHandlerContext) {
        isLast = true
        context.flush()
        context.close(mode: .output, promise: nil)
        lingering = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.lingerTime)) {
            context.close(promise: nil)
        }
    }
}

// Lives on the event loop of its connection alone.
@available(*, unavailable)
extension MessageRules: Sendable {}

extension HTTPRequestHead {
    /// Before HTTP/1.1, which brought Host, persistence and `100 Continue`.
    fileprivate var isOld: Bool { version.major < 1 || (version.major == 1 && version.minor == 0) }
}
