import Glibc
public import Model

/// One alert as it came in.
public struct ReceivedAlert: Sendable {
    public let labels: [String: String]
    public let annotations: [String: String]
    public let startsAt: String
    public let endsAt: String
    /// When the whole request had arrived.
    public let arrival: MonotonicTime
    public let arrivedAt: WallTime

    public var name: String { labels["alertname"] ?? "" }

    /// An end that lies in the past says "resolved".
    public var isResolved: Bool {
        guard let end = WallTime(internetText: endsAt) else { return false }
        return end < arrivedAt + .milliseconds(1)
    }

    /// Reads the body of POST /api/v2/alerts, or of a webhook; nil when it holds no array of alerts.
    static func list(from body: [UInt8], arrival: MonotonicTime, at wall: WallTime) -> [Self]? {
        guard let document = try? JSONValue(parsing: body), let items = document.asArray ?? document["alerts"]?.asArray
        else { return nil }
        return items.map { item in
            Self(
                labels: texts(item["labels"]),
                annotations: texts(item["annotations"]),
                startsAt: item["startsAt"]?.asString ?? "",
                endsAt: item["endsAt"]?.asString ?? "",
                arrival: arrival,
                arrivedAt: wall
            )
        }
    }

    private static func texts(_ object: JSONValue?) -> [String: String] {
        let members = object?.asObject ?? []
        return Dictionary(members.map { ($0.0, $0.1.asString ?? "") }) { first, _ in first }
    }
}

extension WallTime {
    /// Reads RFC 3339: `2026-11-21T03:48:07.123Z`, or with an offset as `+01:00`.
    public init?(internetText text: String) {
        var fields = tm()
        let numbers = text.prefix(19).split { "-T:".contains($0) }.compactMap { Int32($0) }
        guard text.utf8.count >= 20, numbers.count == 6 else { return nil }
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
        (fields.tm_hour, fields.tm_min, fields.tm_sec) = (numbers[3], numbers[4], numbers[5])
        var rest = text.dropFirst(19)
        var nanoseconds: Int64 = 0
        if rest.first == "." {
            let digits = rest.dropFirst().prefix { $0.isNumber }
            rest = rest.dropFirst(digits.count + 1)
            let padded = digits.prefix(9) + String(repeating: "0", count: max(0, 9 - digits.count))
            nanoseconds = Int64(padded) ?? 0
        }
        var offset: Int64 = 0
        if rest != "Z" {
            let parts = rest.dropFirst().split(separator: ":").compactMap { Int64($0) }
            guard parts.count == 2, let sign = rest.first, "+-".contains(sign) else { return nil }
            offset = (parts[0] * 3600 + parts[1] * 60) * (sign == "-" ? -1 : 1)
        }
        let (product, overflow) = (Int64(timegm(&fields)) - offset).multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return nil }
        self.init(nanoseconds: product + nanoseconds)
    }
}
