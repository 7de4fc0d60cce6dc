internal import Metering
internal import NIOCore

/// Scrapes that overlap share one rendering: the first starts it, those that come before its end wait for the same bytes.
actor SharedRendering {
    struct Body: Sendable {
        var bytes: ByteBuffer
        var isGzip: Bool
    }

    private struct Key: Hashable {
        var format: ExpositionFormat
        var gzip: Bool
    }

    private let render: @Sendable (ExpositionFormat) async -> [UInt8]
    private var running: [Key: Task<Body, Never>] = [:]

    init(render: @escaping @Sendable (ExpositionFormat) async -> [UInt8]) {
        self.render = render
    }

    func body(_ format: ExpositionFormat, gzip: Bool) async -> Body {
        let key = Key(format: format, gzip: gzip)
        if let task = running[key] { return await task.value }
        let task = Task { [render] in
            let text = await render(format)
            // Below one packet there is nothing to save.
            if gzip, text.count > 1024, let packed = Gzip.compress(text) {
                return Body(bytes: ByteBuffer(bytes: packed), isGzip: true)
            }
            return Body(bytes: ByteBuffer(bytes: text), isGzip: false)
        }
        running[key] = task
        let body = await task.value
        running[key] = nil
        return body
    }
}
