import Glibc
public import Logging
import Model
import Sockets

/// One line a message on standard error: time in UTC, level, sentence, then metadata as `key=value`.
public struct PlainLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    public init(level: Logger.Level = .info) {
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        Self.write(Self.line(at: SystemClock.wall(), level: event.level, message: "\(event.message)", metadata: all))
    }

    /// The line without its end; control characters become spaces, so that no text from outside forges a line.
    static func line(at time: WallTime, level: Logger.Level, message: String, metadata: Logger.Metadata) -> String {
        var line = "\(time.rfc3339) \(level.rawValue): \(message)"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(value)"
        }
        var clean = String.UnicodeScalarView()
        for scalar in line.unicodeScalars {
            clean.append(breaksLines(scalar) ? " " : scalar)
        }
        return String(clean)
    }

    /// Control characters (C0, C1) and the separators of lines and paragraphs.
    private static func breaksLines(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    /// One write, so that lines of several threads do not mix. A log that cannot be written is no reason to stop.
    private static func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
