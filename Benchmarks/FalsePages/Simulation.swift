import Alerting
import Glibc
import Model

/// Years of one site, part by part.
struct Simulation {
    private let weather: Weather
    private let playsAll: Bool
    private var generator: SeededGenerator
    private var processes: [LossProcess] = []
    private var watch = Watch()
    private var nextBurst: [Double]
    private var seconds: Int64 = 0
    private var played: Int64 = 0
    private let decides: [Bool]

    /// A part of time in hand, and what of it the next part sees again.
    private static let part: Int64 = 86_400
    private static let overlap: Int64 = 1_200
    /// Every stream has answered again before a run begins.
    private static let lead: Int64 = 5

    init(weather: Weather, seed: UInt64, playsAll: Bool) {
        self.weather = weather
        self.playsAll = playsAll
        generator = SeededGenerator(seed: seed)
        decides = Site.streams.map { $0.key.role == .through }
        nextBurst = Site.paths.map { _ in 0 }
        for index in nextBurst.indices { nextBurst[index] = pause() }
        for isDrawn in decides {
            processes.append(
                LossProcess(
                    phase: generator.unit(),
                    isDrawn: isDrawn,
                    weather: weather,
                    generator: &generator
                )
            )
        }
    }

    private mutating func pause() -> Double { -Glibc.log(1 - generator.unit()) * weather.burstEvery }

    mutating func run(seconds total: Int64) {
        seconds = total
        var start: Int64 = 0
        var playedTo: Int64 = 0
        while start < total {
            let end = min(start + Self.part, total) + Self.overlap
            draw(from: start - Self.lead, to: end)
            play(from: start, to: end - Self.overlap, limit: end, &playedTo)
            start = end - Self.overlap
        }
    }

    private mutating func draw(from start: Int64, to end: Int64) {
        var bursts: [PathID: [Double]] = [:]
        for (index, path) in Site.paths.enumerated() {
            while nextBurst[index] < Double(end - 1) {
                bursts[path, default: []].append(nextBurst[index])
                nextBurst[index] += weather.burst + pause()
            }
        }
        for (index, stream) in Site.streams.enumerated() {
            let own = stream.path.flatMap { bursts[$0] } ?? []
            processes[index].extend(from: start, to: end, bursts: own, weather: weather, &generator)
        }
    }

    private mutating func play(from start: Int64, to end: Int64, limit: Int64, _ playedTo: inout Int64) {
        var triggers: [Int64] = []
        if playsAll {
            triggers = Array(start..<end)
        } else {
            for index in processes.indices where decides[index] {
                let count = Detection().downAfter
                processes[index].runs(of: count, from: start, to: end, into: &triggers)
            }
            triggers.sort()
        }
        for trigger in triggers {
            var second = max(playedTo, trigger - Self.lead)
            if second > playedTo { watch.skip() }
            let least = trigger + 6
            while second < limit, second < least || (!watch.isQuiet && !playsAll) {
                watch.run(second, processes)
                second += 1
                played += 1
            }
            playedTo = max(playedTo, second)
        }
    }

    var report: String {
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
            "paths declared down for a moment: \(watch.falls) (\(rate(watch.falls)) a path-year)",
        ]
        var pages = 0
        for (name, count) in watch.fired.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where name != .watchdog {
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
