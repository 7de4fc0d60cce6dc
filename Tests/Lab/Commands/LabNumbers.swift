import Glibc
import LabNetwork
import Model
import TestSupport

/// How fast what is detected, measured in the lab; the table of docs/failover.md.
enum LabNumbers {
    /// Prints the table.
    ///
    /// - Parameters:
    ///   - cuts: the other measurements grow and shrink with it.
    ///   - seed: of the random moments, and of what the wires do at random.
    ///   - writes: into docs/failover.md as well.
    /// - Returns: the rows whose bound was broken.
    static func run(cuts: Int, seed: UInt64, writes: Bool) throws -> [Row] {
        let lab = try Lab(seed: seed)
        defer { lab.remove() }
        let loads = Loads()
        let phases = Phases(seed: seed)
        var rows = try CutRace(lab, phases).rows(cuts: cuts, loads)
        rows.append(try SlowWatch(lab, phases).row(cuts: min(3, max(1, cuts / 10))))
        loads.note()
        rows += try FaultTimes(lab, phases, runs: 3).rows(loads)
        rows += try WireTruth(lab).rows(probes: cuts * 200, loads)
        let head =
            "\(machine), \(build) build, \(cuts) cuts, seed \(seed); load of the machine meanwhile \(loads.text).\n\n"
        let lines = rows.map { $0.text + "\n" }.joined()
        let table = head + "| what | bound | measured |\n| --- | --- | --- |\n" + lines
        print(table)
        if writes { try write(table) }
        return rows.filter { !$0.isKept }
    }

    /// `2 × NAME OF THE PROCESSOR`.
    private static var machine: String {
        let lines = (try? Repository.bytes(of: "/proc/cpuinfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let name = lines.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return "\(sysconf(Int32(_SC_NPROCESSORS_ONLN))) ×\(name ?? " processors")"
    }

    private static var build: String {
        #if DEBUG
        "debug"
        #else
        "release"
        #endif
    }

    private static func write(_ table: String) throws {
        let (begin, end) = ("<!-- measured: begin -->\n", "<!-- measured: end -->")
        let text = try Repository.text(of: "docs/failover.md")
        guard let head = text.firstRange(of: begin), let tail = text.firstRange(of: end) else { return }
        try TemporaryFolder.overwrite(
            "\(Repository.root)/docs/failover.md",
            text[..<head.upperBound] + table + text[tail.lowerBound...]
        )
    }
}

/// How busy the machine was, by its average over the last minute.
final class Loads {
    private var seen: [Double] = []

    init() { note() }

    func note() {
        var load = 0.0
        if getloadavg(&load, 1) == 1 { seen.append(load) }
    }

    var text: String { "\(Self.tenths(seen.min() ?? 0)) to \(Self.tenths(seen.max() ?? 0))" }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

/// Medians and percentiles by nearest rank.
struct Figures {
    let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    func percentile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        let rank = (share * Double(sorted.count)).rounded(.up)
        return sorted[max(0, min(sorted.count, Int(rank)) - 1)]
    }

    var worst: Double { sorted.last ?? .nan }

    /// `median …, p99 …, worst …` in seconds.
    var text: String {
        "median \(Self.seconds(percentile(0.5))), p99 \(Self.seconds(percentile(0.99))), worst "
            + "\(Self.seconds(worst)) (\(sorted.count))"
    }

    static func seconds(_ value: Double) -> String {
        guard value.isFinite else { return "nothing" }
        let thousandths = Int((value * 1000).rounded())
        let rest = String(thousandths % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest) s"
    }
}
