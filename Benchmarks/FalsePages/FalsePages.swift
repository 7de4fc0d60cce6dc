import ArgumentParser

/// Time in which no through probe loses `down_after` times in a row is skipped: there the model can declare no path
/// down (a test of the path model holds it to that). The probes that confirm a first loss are sent as the program sends
/// them. A flow would have to lose eight in a row for `FlowsLost`: at these rates that is once in more than a million
/// path-years. The losses of through probes are drawn for all of the time, by their geometric gaps; around such runs
/// every probe is played through the real model, rules and life of alerts, until all is well. What rests on minutes of
/// loss (`PathDegraded`) is told with `--every-second` alone, which plays all.
@main
struct FalsePages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "FalsePages",
        abstract: "How often a healthy but lossy network would page somebody, with everything as shipped."
    )

    @Option(help: "Years, each path counted for itself.")
    var pathYears = 1000.0

    @Option(help: "Of the losses; the same seed gives the same years.")
    var seed: UInt64 = 1

    @Option(help: "Mean seconds between two bursts of loss on a path.")
    var burstEvery = 60.0

    @Flag(help: "Plays every second, not only those around runs of losses.")
    var everySecond = false

    func validate() throws {
        guard pathYears > 0, pathYears <= 100_000 else {
            throw ValidationError("--path-years \(pathYears); allowed: above 0, up to 100000")
        }
        guard burstEvery >= 1 else { throw ValidationError("--burst-every \(burstEvery); allowed: 1 and more") }
    }

    func run() {
        var weather = Weather()
        weather.burstEvery = burstEvery
        var total = Tally()
        var rest = Int64(pathYears / Double(Site.paths.count) * 31_557_600)
        var seed = seed
        while rest > 0 {
            let years = min(rest, Simulation.longest)
            var simulation = Simulation(weather: weather, seed: seed, playsAll: everySecond)
            simulation.run(seconds: years)
            total += simulation.tally
            rest -= years
            seed &+= 1
        }
        print(total.report(weather, playsAll: everySecond))
    }
}
