/// Cuts what comes in over a connection into lines, without their ends (`bufio.Scanner`). Pure, bounded.
public struct LineReader: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0
    /// The stream has ended.
    private(set) var hasEnded = false

    /// A line that is longer is a failure.
    public static let longest = 65_536

    public struct TooLong: Error, Equatable {}

    public init() {}

    /// - Parameter bytes: empty at the end of the stream.
    public mutating func take(_ bytes: [UInt8]) {
        if bytes.isEmpty { hasEnded = true }
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer += bytes
    }

    public enum Step: Equatable, Sendable {
        case line([UInt8])
        case needsMore
        case end
    }

    public mutating func next() throws(TooLong) -> Step {
        if let place = buffer[start...].firstIndex(of: 10) {
            guard place - start < Self.longest else { throw TooLong() }
            var line = buffer[start..<place]
            if line.last == 13 { line = line.dropLast() }
            start = place + 1
            return .line(Array(line))
        }
        guard buffer.count - start < Self.longest else { throw TooLong() }
        guard hasEnded else { return .needsMore }
        guard start < buffer.count else { return .end }
        var line = buffer[start...]
        if line.last == 13 { line = line.dropLast() }
        start = buffer.count
        return .line(Array(line))
    }
}
