import Glibc
import LabNetwork
import Model
import TestSupport
import Testing

/// A netprobe that watches the lab, and a receiver of its alerts.
final class Watch {
    static let link = "seoul-koreacentral"

    /// What a cut of both connections raises; when they come back, one is back before the other, and where both edges answer
    /// before both have their BGP session, the second carries nothing for that long: it is drained.
    static let ofACut: Set<String> = ["CircuitLost", "FailedOver", "LinkDown", "PathDrained", "RedundancyLost"]

    let lab: Lab
    let prometheus: Prometheus
    let folder: TemporaryFolder
    let receiver: AlertReceiver
    private let services: [TCPListener]
    private let configuration: SiteConfiguration
    private let startedAt: MonotonicTime
    /// The text that netprobe was started with.
    let effective: String
    private(set) var netprobe: RunningNetprobe

    /// Takes the whole lab, starts netprobe, and runs `body` when the link is protected. What is thrown comes with the log.
    /// Whatever the body looks at, every request to the receiver is one of Alertmanager's API, and Prometheus sees the same.
    /// - Parameters:
    ///   - names: the address of a server in the VNet that netprobe's host asks for names.
    ///   - seed: of what the wires do at random, whatever scenarios ran before.
    ///   - prepare: makes the lab another one before netprobe starts.
    static func run(
        _ change: (inout SiteConfiguration) -> Void = { _ in },
        names: String? = nil,
        seed: UInt64 = 20_161_128,
        prepare: (Lab) throws -> Void = { _ in },
        _ body: (Watch) throws -> Void
    ) throws {
        let parts = try SharedLab.whole()
        try prepare(parts.lab)
        let server = try names.map { try NameServer($0, of: parts.lab) }
        defer { server?.end() }
        let watch = try Watch(parts, wrapper: server?.wrapper ?? [], change)
        defer { watch.remove() }
        do {
            try watch.netprobe.waitUntilReady()
            try watch.netprobe.waitUntil(
                "every link is protected",
                within: .seconds(10 + 2 * watch.configuration.moreLinks)
            ) {
                let links = $0.all("netprobe_link_state", ["state": "protected"])
                // Behind a router it takes a moment until a hop has shown the way, and the links take turns; before, no
                // failover can be counted.
                let tiers = $0.all("netprobe_link_active_tier")
                return !links.isEmpty && (links + tiers).allSatisfy { $0.value == 1 } && links.count == tiers.count
            }
            try parts.lab.seed(seed)
            try body(watch)
            let malformed = watch.receiver.malformed
            guard malformed.isEmpty else { throw Failed(description: "malformed: \(malformed)") }
            try watch.compareWithPrometheus()
        } catch {
            throw Failed(description: "\(error)\n--- log of netprobe ---\n\(watch.netprobe.log.suffix(8000))")
        }
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private init(_ parts: SharedLab.Parts, wrapper: [String], _ change: (inout SiteConfiguration) -> Void) throws {
        (lab, prometheus) = (parts.lab, parts.prometheus)
        folder = try TemporaryFolder()
        var configuration = SiteConfiguration(stateDirectory: "\(folder.path)/state")
        change(&configuration)
        (self.configuration, effective) = (configuration, configuration.text)
        let home = Self.home(of: configuration)
        receiver = try AlertReceiver(inside: home, port: 9094)
        let homes = [Lab.Part.vnet] + (configuration.hasPublicServices ? [.microsoft] : [])
        services = try homes.map { try TCPListener(inside: Lab.namespace($0), port: 443) }
        let file = try folder.write("netprobe.yml", effective)
        startedAt = Clock.now
        netprobe = try RunningNetprobe(["--config", file], inside: home, address: "0.0.0.0", wrapper: wrapper)
    }

    /// Starts netprobe anew on the same files; the one before must have ended.
    func startAgain() throws {
        netprobe = try RunningNetprobe(
            ["--config", "\(folder.path)/netprobe.yml"],
            inside: Self.home(of: configuration),
            address: "0.0.0.0"
        )
        try netprobe.waitUntilReady()
    }

    /// Names that fired, but for the one that always does and the one that a busy machine raises.
    var alarms: Set<String> { receiver.everFired.subtracting(["Watchdog", "Overloaded"]) }

    /// The same with what they are about: `RedundancyLost kr-er-01/primary`.
    var objects: Set<String> {
        let about = ["path", "target", "circuit", "link"]
        return Set(
            receiver.alerts.filter { !$0.isResolved && alarms.contains($0.name) }.map { alert in
                ([alert.name] + about.compactMap { alert.labels[$0] }.prefix(1)).joined(separator: " ")
            }
        )
    }

    /// Holds that the alert names this layer and owner.
    func expect(_ alert: ReceivedAlert, _ layer: String, of owner: String, _ place: SourceLocation = #_sourceLocation) {
        #expect(alert.annotations["layer"] == layer, sourceLocation: place)
        #expect(alert.annotations["owner"] == owner, sourceLocation: place)
    }

    /// Holds that it says to have begun after this moment, and before it came here.
    func expectBegan(_ alert: ReceivedAlert, _ cut: Moment, _ place: SourceLocation = #_sourceLocation) {
        let earliest = alert.arrivedAt + (cut.before - alert.arrival)
        let began = WallTime(internetText: alert.startsAt)
        let isWithin = began.map { earliest <= $0 && $0 <= alert.arrivedAt } ?? false
        #expect(isWithin, "\(alert.name): \(alert.startsAt), after \(earliest)", sourceLocation: place)
    }

    /// Someone else who asks each 10 ms, beside netprobe and over the same route.
    func witness() throws -> Witness { try Witness("10.1.0.5", inside: Self.home(of: configuration)) }

    /// Holds that netprobe counted one outage, as long as the witness saw it to one interval.
    func expectOutage(_ witness: Witness, _ place: SourceLocation = #_sourceLocation) throws {
        let metrics = try netprobe.waitUntil("the outage is counted") {
            $0.sum("netprobe_link_outage_seconds_count") == 1
        }
        let counted = metrics.value("netprobe_link_last_outage_seconds") ?? .nan
        let seen = witness.longestGap().seconds
        // fping knows it to its own interval; a busy machine adds some.
        #expect(abs(counted - seen) <= 0.15, "\(counted) s, fping saw \(seen) s", sourceLocation: place)
    }

    /// Holds for this long that no other alert than these fires; for what must not happen there is nothing to wait for.
    func quiet(for time: Duration, but allowed: Set<String> = [], _ what: String) throws {
        let end = Clock.now + time
        while Clock.now < end {
            let wrong = alarms.subtracting(allowed)
            guard wrong.isEmpty else { throw Failed(description: "\(what): \(wrong.sorted()) fired") }
            Thread.sleep(.milliseconds(50))
        }
    }

    /// Undoes every fault and waits until nothing fires any more.
    func healAndResolve(within limit: Duration = .seconds(30)) throws {
        try lab.heal()
        try expectAllResolved(within: limit)
        try netprobe.waitUntilLink(is: "protected", within: limit)
    }

    /// Holds that every alert that fired is told as resolved, once the fault is gone: of each alert the last word is its end.
    func expectAllResolved(within limit: Duration = .seconds(20)) throws {
        do {
            try eventually("every alert is resolved", within: limit) { () throws -> Bool? in
                receiver.firing.subtracting(["Watchdog", "Overloaded"]).isEmpty ? true : nil
            }
        } catch is TimedOut {
            throw Failed(description: "after \(limit) there is still: \(try netprobe.get("/api/v1/alerts").body)")
        }
    }

    /// How long netprobe has been running, in whole seconds.
    var age: Int { Int((Clock.now - startedAt).seconds) }

    /// Writes the configuration anew; the running netprobe does not know yet.
    func rewriteConfiguration(_ text: String) throws {
        try folder.write("netprobe.yml", text)
    }

    private static func home(of configuration: SiteConfiguration) -> Namespace {
        Lab.namespace(configuration.vantage == .probeHost ? .probe : .edge)
    }

    private func remove() {
        netprobe.process.destroy()
        receiver.stop()
        for service in services { service.stop() }
        folder.remove()
    }
}
