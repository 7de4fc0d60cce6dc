internal import Glibc
internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
public import ServiceLifecycle

/// The HTTP server of `netprobe serve`. Ends by graceful shutdown of its service group or by cancellation.
public struct WebServer: Service {
    private let address: ListenAddress
    private let source: WebSource
    private let limits: WebLimits
    private let onListening: @Sendable (ListenAddress) async -> Void

    /// - Parameter onListening: is told the address with the port that was really taken.
    public init(
        listen address: ListenAddress,
        source: WebSource,
        limits: WebLimits = WebLimits(),
        onListening: @escaping @Sendable (ListenAddress) async -> Void = { _ in }
    ) {
        self.address = address
        self.source = source
        self.limits = limits
        self.onListening = onListening
    }

    /// Serves until told to stop.
    /// - Throws: `ListenError` at once when the address cannot be had.
    public func run() async throws {
        do {
            try await serve(makeServer())
        } catch {
            throw listenError(error)
        }
    }

    /// One thread answers thirty thousand requests a second; more would only cost memory. It is never ended: what closes
    /// late still finds it.
    private static let eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Ends the server in good order also when the task is cancelled: its accept loop, if it were cancelled itself, would
    /// drop connections that it has not seen yet, and NIO ends the process for that.
    private func serve(_ server: Server<RuledChannel>) async throws {
        let running = Task { try await server.run() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await running.value
            } onGracefulShutdown: {
                Task { try? await server.shutdownGracefully() }
            }
        } onCancel: {
            Task { try? await server.shutdownGracefully() }
        }
    }

    private func makeServer() -> Server<RuledChannel> {
        let responder = WebResponder(source: source, limits: limits)
        let connections = ConnectionCount(
            maximum: limits.connections,
            maximumPerSource: limits.connectionsPerSource
        )
        let limits = limits
        var configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(limits: limits, connections: connections)]
        )
        configuration.httpDecoder.maxHeaderFieldSize = limits.headerBytes
        configuration.httpDecoder.maxHeaderListSize = limits.headerBytes
        configuration.httpDecoder.maxHeaderFieldCount = 100
        let channel = HTTP1Channel(
            responder: { request, writer, _ in
                try await Self.respond(to: request, writer, responder, limits)
            },
            configuration: configuration
        )
        return Server(
            childChannelSetup: RuledChannel(channel: channel, limits: limits),
            configuration: ServerConfiguration(address: .hostname(address.host, port: Int(address.port))),
            onServerRunning: { [address, onListening] channel in
                let port = channel.localAddress?.port.flatMap(UInt16.init(exactly:)) ?? address.port
                await onListening(ListenAddress(host: address.host, port: port))
            },
            eventLoopGroup: Self.eventLoop,
            logger: Logger(label: "web", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    @concurrent private static func respond(
        to request: Request,
        _ writer: consuming ResponseWriter,
        _ responder: WebResponder,
        _ limits: WebLimits
    ) async throws {
        let isHead = request.method == .head
        if request.method == .post {
            do {
                _ = try await request.body.collect(upTo: limits.bodyBytes)
            } catch is NIOTooManyBytesError {
                return try await write(.line(.contentTooLarge, limits.bodyRefusal), isHead, writer)
            }
        }
        let question = WebRequest(
            method: request.method.rawValue,
            target: request.head.path ?? "",
            headers: request.headers
        )
        guard question.isLong else {
            let (response, scrape) = await responder.answer(to: question)
            try await write(response, isHead, writer)
            return withExtendedLifetime(scrape) {}
        }
        // Its connection closes with the answer, which is the price of seeing that the client has gone.
        var response = try await request.body.consumeWithCancellationOnInboundClose { _ in
            await responder.answer(to: question).response
        }
        response.headers[.connection] = "close"
        try await write(response, isHead, writer)
    }

    @concurrent private static func write(_ response: WebResponse, _ isHead: Bool, _ writer: consuming ResponseWriter)
        async throws
    {
        var fields = response.headers
        fields[.contentLength] = String(response.body.readableBytes)
        fields[.date] = HTTPDate.text(time(nil))
        let head = HTTPResponse(status: response.status, headerFields: fields)
        if isHead {
            try await writer.writeResponse(head)
        } else {
            try await writer.write(response: head, body: ResponseBody(byteBuffer: response.body))
        }
    }

    private func listenError(_ error: any Error) -> any Error {
        switch error {
        case let error as ListenError: error
        case let error as IOError: ListenError(address, code: error.errnoCode)
        case is SocketAddressError, is SocketAddressError.UnknownHost:
            ListenError(
                "cannot listen on \(address): '\(address.host)' is no address of this host; choose another with --listen"
            )
        default: error
        }
    }
}
