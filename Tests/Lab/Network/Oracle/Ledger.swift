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
        /// Of `delay`: how long the frame was kept, in nanoseconds.
        public let value: Int64
        public let arrived: MonotonicTime
        public let protocolNumber: Int
        public let source: String
        public let destination: String
        /// ICMP's type, or a source port.
        public let kind: Int
    }

    public let entries: [Entry]

    /// Reads the file again.
    public init(of wires: Wires, since start: MonotonicTime) throws {
        // A command makes labwire write out what it still holds.
        try wires.tell("list")
        let text = String(decoding: try Repository.bytes(of: wires.ledger), as: UTF8.self)
        entries = text.split(separator: "\n").compactMap(Self.entry).filter { $0.at >= start }
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
            let arrived = Int64(words[5]), let number = Int(words[7]), let kind = Int(words[10])
        else { return nil }
        return Entry(
            at: MonotonicTime(nanoseconds: at),
            wire: words[1],
            direction: direction,
            what: words[3],
            value: value,
            arrived: MonotonicTime(nanoseconds: arrived),
            protocolNumber: number,
            source: words[8],
            destination: words[9],
            kind: kind
        )
    }
}
