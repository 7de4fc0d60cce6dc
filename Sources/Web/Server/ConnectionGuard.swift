internal import NIOCore
internal import NIOHTTPTypes

/// Holds one connection to its limits: number of connections, time to send a request, size of its body, time to take the
/// answer, idle time. Breaking one closes the connection.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: WebLimits
    private let connections: ConnectionCount
    /// The peer, while it is counted.
    private var source: String?
    private var readDeadline: Scheduled<Void>?
    private var writeDeadline: Scheduled<Void>?
    private var bodyBytes = 0
    private var isReading = false
    private var isEnding = false

    init(limits: WebLimits, connections: ConnectionCount) {
        self.limits = limits
        self.connections = connections
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard source == nil else { return }
        let peer = context.channel.remoteAddress?.ipAddress ?? ""
        guard connections.open(peer) else { return context.close(promise: nil) }
        source = peer
        limitReading(context, limits.headerTime)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    private func end() {
        readDeadline?.cancel()
        writeDeadline?.cancel()
        if let source { connections.close(source) }
        source = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            bodyBytes = 0
            isReading = true
            limitReading(context, limits.bodyTime)
        case .body(let part):
            bodyBytes += part.readableBytes
            guard bodyBytes <= limits.bodyBytes else { return context.close(promise: nil) }
        case .end:
            isReading = false
            readDeadline?.cancel()
        }
        context.fireChannelRead(data)
    }

    /// At the end of the server a request that runs may be answered, not for ever.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isEnding = true
            limitWriting(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head:
            if !isEnding { limitWriting(context) }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenComplete { _ in self.answered(context) }
            context.write(data, promise: promise)
        }
    }

    private func answered(_ context: ChannelHandlerContext) {
        writeDeadline?.cancel()
        if !isReading, source != nil { limitReading(context, limits.idleTime) }
    }

    private func limitReading(_ context: ChannelHandlerContext, _ time: Duration) {
        readDeadline?.cancel()
        readDeadline = schedule(context, time)
    }

    private func limitWriting(_ context: ChannelHandlerContext) {
        writeDeadline?.cancel()
        writeDeadline = schedule(context, isEnding ? limits.endTime : limits.writeTime)
    }

    private func schedule(_ context: ChannelHandlerContext, _ time: Duration) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { context.close(promise: nil) }
    }
}

// Lives on the event loop of its connection alone.
@available(*, unavailable)
extension ConnectionGuard: Sendable {}
