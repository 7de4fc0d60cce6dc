/// What this host drops because it came in by an interface that it would not answer by (RFC 3704; `rp_filter`).
public enum ReversePathFilter {
    /// Packets since the start of the network namespace of this thread; nil where the kernel does not say.
    public static func drops() -> UInt64? {
        WholeFile.read("/proc/thread-self/net/netstat", limit: 1 << 16).flatMap {
            drops(in: String(decoding: $0, as: UTF8.self))
        }
    }

    /// - Parameter text: of `/proc/net/netstat`: a line of names and a line of numbers for each group.
    static func drops(in text: String) -> UInt64? {
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("TcpExt: ") }.map { $0.split(separator: " ") }
        guard lines.count == 2, let column = lines[0].firstIndex(of: "IPReversePathFilter"),
            lines[1].indices.contains(column)
        else { return nil }
        return UInt64(lines[1][column])
    }
}
