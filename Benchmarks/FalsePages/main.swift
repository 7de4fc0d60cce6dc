import Alerting
import Glibc
import Model

/// Prints how often a healthy but lossy network would page somebody, with everything as shipped.
///
/// usage: FalsePages [--path-years N] [--seed N] [--burst-every SECONDS] [--every-second]
///
/// Time in which no through probe loses `down_after` times in a row is skipped: there the model can declare no path
/// down (a test of the path model holds it to that). A flow would have to lose eight in a row for `FlowsLost`: at these
/// rates that is once in more than a million path-years. The losses of through probes are drawn for all of the time, by
/// their geometric gaps; around such runs every probe is played through the real model, rules and life of alerts, until
/// all is well. What rests on minutes of loss (`PathDegraded`) is told with `--every-second` alone, which plays all.
var pathYears = 1000.0
var seed: UInt64 = 1
var weather = Weather()
var playsAll = false
var words = CommandLine.arguments.dropFirst().makeIterator()

func end(_ message: String) -> Never {
    fputs("FalsePages: \(message)\n", stderr)
    exit(64)
}

func value<Number: LosslessStringConvertible>(of word: String) -> Number {
    let text = words.next() ?? ""
    guard let number = Number(text) else { end("\(word) '\(text)': no number") }
    return number
}

while let word = words.next() {
    switch word {
    case "--path-years": pathYears = value(of: word)
    case "--seed": seed = value(of: word)
    case "--burst-every": weather.burstEvery = value(of: word)
    case "--every-second": playsAll = true
    default: end("unknown '\(word)'; allowed: --path-years, --seed, --burst-every, --every-second")
    }
}
guard pathYears > 0, pathYears <= 100_000, weather.burstEvery > 1 else {
    end("allowed: --path-years above 0 and up to 100000, --burst-every above 1")
}
var total = Tally()
var rest = Int64(pathYears / Double(Site.paths.count) * 31_557_600)
while rest > 0 {
    let years = min(rest, Simulation.longest)
    var simulation = Simulation(weather: weather, seed: seed, playsAll: playsAll)
    simulation.run(seconds: years)
    total += simulation.tally
    rest -= years
    seed &+= 1
}
print(total.report(weather, playsAll: playsAll))
