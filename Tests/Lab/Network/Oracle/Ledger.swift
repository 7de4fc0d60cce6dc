import Glibc
public import Model
import TestSupport

/// The wires' own list of what they did to frames: the truth that netprobe's numbers are held against.
public struct Ledger: Sendable {
    public struct Entry: Sendable {
        public let at: MonotonicTime
        public let wire: String
        /// 0: from the end named first.
        public let direction: Int
        /// `loss`, `cut`, `mtu`, `full`, `refused`, `duplicate`, `reorder` or `delay`.
        public let what: String
        /// Of `delay`: how long the frame was kept until it was handed to the kernel, in nanoseconds; it was done by `at`.
        public let value: Int64
        public let arrived: MonotonicTime
        /// The length of the frame.
        public let bytes: Int
        public let protocolNumber: Int
        public let source: String
        public let destination: String
        /// ICMP's type, or a source port.
        public let kind: Int
        /// ICMP's sequence number, or a destination port.
        public let sequence: Int
    }

    public let entries: [Entry]

    /// Reads the file again.
    public init(of wires: Wires, since start: MonotonicTime) throws {
        // A command makes labwire write out what it still holds.
        try wires.tell("list")
        let text = String(decoding: try Self.tail(of: wires.ledger, since: start), as: UTF8.self)
        entries = text.split(separator: "\n").compactMap(Self.entry).filter { $0.at >= start }
    }

    /// The file from a line on that is not later than `start`, or close before: its lines are in the order of time, and there
    /// are many of them in a run of the whole suite.
    private static func tail(of path: String, since start: MonotonicTime) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw Wires.Failed(description: "cannot read \(path)") }
        defer { fclose(file) }
        func bytes(at offset: Int, _ count: Int) -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: max(0, count))
            fseek(file, offset, SEEK_SET)
            buffer.removeLast(buffer.count - fread(&buffer, 1, buffer.count, file))
            return buffer
        }
        fseek(file, 0, SEEK_END)
        let end = ftell(file)
        var (low, high) = (0, end)
        // A line has less than this.
        let piece = 512
        while high - low > 4 * piece {
            let middle = (low + high) / 2
            let text = bytes(at: middle, piece)
            guard let newline = text.firstIndex(of: UInt8(ascii: "\n")) else { break }
            let word = text[(newline + 1)...].prefix { $0 != UInt8(ascii: " ") }
            guard let time = Int64(String(decoding: word, as: UTF8.self)) else { break }
            if MonotonicTime(nanoseconds: time) < start { low = middle + newline + 1 } else { high = middle }
        }
        return bytes(at: low, end - low)
    }

    /// Frames that did not arrive.
    public func dropped(on wire: String, direction: Int? = nil, source: String? = nil, destination: String? = nil)
        -> [Entry]
    {
        entries.filter { entry in
            entry.wire == wire && ["loss", "cut", "mtu", "full", "refused"].contains(entry.what)
                && (direction == nil || entry.direction == direction)
                && (source == nil || entry.source == source)
                && (destination == nil || entry.destination == destination)
        }
    }

    /// How often something was done to frames from one address to another.
    public func count(_ what: String, on wire: String, source: String, destination: String) -> Int {
        entries.count {
            $0.wire == wire && $0.what == what && $0.source == source && $0.destination == destination
        }
    }

    private static func entry(_ line: Substring) -> Entry? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 12, let at = Int64(words[0]), let direction = Int(words[2]), let value = Int64(words[4]),
            let arrived = Int64(words[5]), let bytes = Int(words[6]), let number = Int(words[7]),
            let kind = Int(words[10]), let sequence = Int(words[11])
        else { return nil }
        return Entry(
            at: MonotonicTime(nanoseconds: at),
            wire: words[1],
            direction: direction,
            what: words[3],
            value: value,
            arrived: MonotonicTime(nanoseconds: arrived),
            bytes: bytes,
            protocolNumber: number,
            source: words[8],
            destination: words[9],
            kind: kind,
            sequence: sequence
        )
    }
}
