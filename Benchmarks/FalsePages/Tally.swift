import Alerting
import Model

/// What was seen in some years of a site, and what it comes to.
struct Tally {
    var seconds: Int64 = 0
    /// Seconds that were played one by one.
    var played: Int64 = 0
    /// Paths declared down.
    var falls = 0
    var fired: [AlertName: Int] = [:]

    static func += (total: inout Self, more: Self) {
        total.seconds += more.seconds
        total.played += more.played
        total.falls += more.falls
        total.fired.merge(more.fired, uniquingKeysWith: +)
    }

    func report(_ weather: Weather, playsAll: Bool) -> String {
        let years = Double(seconds) / (365.25 * 86_400)
        let pathYears = years * Double(Site.paths.count)
        func rate(_ count: Int) -> String {
            let value = Double(count) / pathYears
            return "\((value * 100_000).rounded() / 100_000)"
        }
        var lines = [
            "\(Int(pathYears.rounded())) path-years, \(weather.loss * 100) % loss, "
                + "bursts of \(weather.burst) s each \(weather.burstEvery) s",
            "seconds played one by one: \(played) of \(seconds)",
            "paths declared down for a moment: \(falls) (\(rate(falls)) a path-year)",
        ]
        var pages = 0
        for (name, count) in fired.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where name != .watchdog {
            // What decides on minutes and not on runs is told only where every second was played.
            let isWhole = playsAll || (name != .pathDegraded && name != .pathDrained)
            guard isWhole else { continue }
            let severity = name.defaultRule.severity
            if severity == .critical { pages += count }
            lines.append("\(name.rawValue) (\(severity.rawValue)): \(count) (\(rate(count)) a path-year)")
        }
        lines.append("false pages: \(pages) (\(rate(pages)) a path-year; allowed 0.1)")
        return lines.joined(separator: "\n")
    }
}
