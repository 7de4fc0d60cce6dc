import Alerting
import Glibc
import Model

/// Years of one site, part by part; at most `longest`, for a moment is a number of nanoseconds.
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
    private let confirmations: [Double]

    /// In seconds: a hundred years.
    static let longest: Int64 = 100 * 31_557_600
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
        confirmations = Watch.streams.map { StreamPlay.confirmation(of: $0) }
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
                var suspects: [Int64] = []
                processes[index].suspects(from: start, to: end, confirmation: confirmations[index], into: &suspects)
                triggers += suspects.filter { second in
                    let stream = Watch.streams[index]
                    return StreamPlay.falls(from: second, stream, roundTrip: Watch.roundTrip(index), processes[index])
                }
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

    var tally: Tally { Tally(seconds: seconds, played: played, falls: watch.falls, fired: watch.fired) }
}
