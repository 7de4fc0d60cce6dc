public import Model

/// One line of a Squid access log in its native format: `time elapsed client result/status bytes method URL user
/// hierarchy/peer type`.
public struct AccessLogLine: Sendable, Equatable {
    /// When the request ended, by the proxy's clock.
    public var time: WallTime
    public var client: String
    /// `TCP_DENIED`, `TCP_TUNNEL`, `NONE`.
    public var result: String
    public var status: Int
    public var method: String
    /// Host of the URL, with the port where it is written.
    public var host: String
    /// Nil for `-`: nobody had said who asks.
    public var user: String?

    static let longestField = 256

    /// nil for a line of another form.
    public init?(_ line: some StringProtocol) {
        let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard fields.count >= 9, let time = Self.time(fields[0]) else { return nil }
        let parts = fields[3].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isResult(parts[0]), let status = Int(parts[1]), (0...999).contains(status),
            fields[2].utf8.count <= 64, Int(fields[1]) != nil
        else { return nil }
        self.time = time
        client = String(fields[2])
        result = String(parts[0])
        self.status = status
        method = String(fields[5].prefix(32))
        host = Self.host(fields[6])
        user = fields[7] == "-" ? nil : String(fields[7].prefix(Self.longestField))
    }

    private static func isResult(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.count <= 48 && text.utf8.allSatisfy { (65...90).contains($0) || $0 == 95 }
    }

    /// Seconds since 1970 with three digits behind the point.
    private static func time(_ text: some StringProtocol) -> WallTime? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 3, let seconds = Int64(parts[0]), let rest = Int64(parts[1]),
            (0...9_000_000_000).contains(seconds), (0...999).contains(rest)
        else { return nil }
        return WallTime(nanoseconds: seconds * 1_000_000_000 + rest * 1_000_000)
    }

    private static func host(_ url: some StringProtocol) -> String {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        return String(rest.prefix { $0 != "/" && $0 != "?" }.prefix(longestField)).lowercased()
    }
}
