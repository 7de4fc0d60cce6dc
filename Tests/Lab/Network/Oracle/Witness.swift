import Model
public import TestSupport

/// Debian's fping beside netprobe, each 10 ms over the same route: the truth about an outage.
public final class Witness: Sendable {
    private let process: Subprocess

    public init(_ target: String, inside namespace: Namespace) throws {
        let arguments = ["fping", "-D", "-l", "-p", "10", "-t", "500", target]
        process = try Subprocess(namespace.command(arguments))
        try eventually("fping is answered") { () throws -> Bool? in
            process.output.contains("bytes") ? true : nil
        }
    }

    /// The longest time from the sending of an answered request to that of the next answered one.
    public func longestGap() -> Duration {
        let sent = process.output.split(separator: "\n").compactMap(Self.sent).sorted()
        let gaps = zip(sent, sent.dropFirst()).map { $1 - $0 }
        return .microseconds(Int64((gaps.max() ?? 0) * 1_000_000))
    }

    public func end() { process.destroy() }

    /// `[SECONDS] TARGET : [n], 64 bytes, TIME ms (…)`: arrival less round trip.
    private static func sent(_ line: Substring) -> Double? {
        let words = line.split(separator: " ")
        guard let stamp = words.first, stamp.hasPrefix("["), let arrival = Double(stamp.dropFirst().dropLast()),
            let bytes = words.firstIndex(of: "bytes,"), bytes + 1 < words.count, let trip = Double(words[bytes + 1])
        else { return nil }
        return arrival - trip / 1000
    }
}
