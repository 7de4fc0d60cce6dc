public import Logging
import Synchronization

/// Keeps every line, so that a test can look for what must be there and what must not.
public final class LogBook: Sendable {
    private let kept = Mutex<[String]>([])

    public init() {}

    /// `level: message`, in the order of logging.
    public var lines: [String] { kept.withLock { $0 } }
    public var text: String { lines.joined(separator: "\n") }

    public var logger: Logger {
        Logger(label: "test") { _ in Handler(book: self) }
    }

    private struct Handler: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            book.kept.withLock { $0.append("\(event.level): \(event.message)") }
        }
    }
}
