import Alerting
import Glibc
import Model

/// Prints how often a healthy but lossy network would page somebody, with everything as shipped.
///
/// usage: FalsePages [--path-years N] [--seed N] [--burst-every SECONDS] [--every-second]
///
/// Time in which no stream that decides (through, workload) loses `down_after` probes in a row is skipped: there the
/// model can declare nothing down (a test of the path model holds it to that). Losses are drawn for all of the time, by
/// their geometric gaps; only around runs of `down_after` every probe is played through model, rules and alerts, from a
/// minute before until all is well. `--every-second` plays everything, to compare.
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
        print("FalsePages: unknown '\(word)'; allowed: --path-years N, --seed N, --burst-every SECONDS, --every-second")
        exit(64)
    }
}
var simulation = Simulation(weather: weather, seed: seed, playsAll: playsAll)
simulation.run(seconds: Int64(pathYears / Double(Site.paths.count) * 365.25 * 86_400))
print(simulation.report)
