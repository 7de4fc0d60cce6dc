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
while let word = words.next() {
    switch word {
    case "--path-years": pathYears = words.next().flatMap(Double.init) ?? pathYears
    case "--seed": seed = words.next().flatMap(UInt64.init) ?? seed
    case "--burst-every": weather.burstEvery = words.next().flatMap(Double.init) ?? weather.burstEvery
    case "--every-second": playsAll = true
    default:
        print("FalsePages: unknown '\(word)'; allowed: --path-years, --seed, --burst-every, --every-second")
        exit(64)
    }
}
var simulation = Simulation(weather: weather, seed: seed, playsAll: playsAll)
simulation.run(seconds: Int64(pathYears / Double(Site.paths.count) * 365.25 * 86_400))
print(simulation.report)
