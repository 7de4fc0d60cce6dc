/// How long a probe may take: the lesser of the module's time-out and what Prometheus leaves.
public enum ProbeTime {
    /// Seconds that an answer needs to reach Prometheus (`--timeout-offset`).
    public static let offset = 0.5
    /// Where neither says anything.
    static let fallback = 120.0
    static let longest = 3600.0

    public struct Mistake: Error, Equatable {
        public var message: String
    }

    /// - Parameters:
    ///   - header: `X-Prometheus-Scrape-Timeout-Seconds`; nil or empty where there is none.
    ///   - module: seconds; nil where it has no time-out.
    public static func seconds(header: String?, module: Double?) throws(Mistake) -> Double {
        var asked = 0.0
        if let header, !header.isEmpty {
            guard let value = Double(header), !value.isNaN else {
                let text = GoText.quoted(header)
                throw Mistake(message: "strconv.ParseFloat: parsing \(text): invalid syntax")
            }
            asked = value
        }
        if asked == 0 { asked = fallback }
        let left = asked - offset
        let own = module ?? 0
        return min(max(own < left && own > 0 || left < 0 ? own : left, 0), longest)
    }
}
