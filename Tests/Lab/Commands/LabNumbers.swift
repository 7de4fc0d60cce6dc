import Glibc
import LabNetwork
import Model
import TestSupport

/// How fast what is detected, measured in the lab; the table of docs/failover.md.
enum LabNumbers {
    /// - Parameter cuts: the other measurements grow and shrink with it.
    static func run(cuts: Int, writes: Bool) throws {
        let lab = try Lab(seed: 7)
        defer { lab.remove() }
        var rows = try CutRace(lab).rows(cuts: cuts)
        rows.append(try SlowWatch(lab).row(cuts: min(3, max(1, cuts / 10))))
        rows += try WireTruth(lab).rows(probes: cuts * 200)
        var loads = [Double](repeating: 0, count: 3)
        getloadavg(&loads, 3)
        let head = "\(cuts) cuts on \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores; load at the end \(loads[1]).\n\n"
        let table = head + "| what | bound | measured |\n| --- | --- | --- |\n" + rows.joined(separator: "\n") + "\n"
        print(table)
        if writes { try write(table) }
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

/// Medians and percentiles by nearest rank.
struct Figures {
    let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    func percentile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        let rank = (share * Double(sorted.count)).rounded(.up)
        return sorted[max(0, min(sorted.count, Int(rank)) - 1)]
    }

    /// `median …, p99 …, worst …` in seconds.
    var text: String {
        "median \(Self.seconds(percentile(0.5))), p99 \(Self.seconds(percentile(0.99))), worst "
            + "\(Self.seconds(sorted.last ?? .nan)) (\(sorted.count))"
    }

    static func seconds(_ value: Double) -> String {
        let thousandths = Int((value * 1000).rounded())
        let rest = String(thousandths % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest) s"
    }
}
