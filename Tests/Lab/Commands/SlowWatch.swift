import LabNetwork
import Model
import TestSupport

/// Prometheus with blackbox_exporter as most sites run it: a scrape each 15 s and `for: 1m`.
struct SlowWatch {
    private let lab: Lab
    private let phases: Phases

    init(_ lab: Lab, _ phases: Phases) { (self.lab, self.phases) = (lab, phases) }

    func row(cuts: Int) throws -> Row {
        let probe = lab.namespace(.probe)
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let modules = try folder.write(
            "blackbox.yml",
            "modules: {icmp: {prober: icmp, timeout: 2s, icmp: {source_ip_address: 10.9.0.11, preferred_ip_protocol: ip4}}}\n"
        )
        let blackbox = try Subprocess(
            probe.command([
                "prometheus-blackbox-exporter", "--config.file=\(modules)", "--web.listen-address=127.0.0.1:9115",
            ])
        )
        defer { blackbox.destroy() }
        let alertmanager = try Alertmanager(inside: probe, port: 9093)
        defer { alertmanager.end() }
        let rules = """
            groups:
              - name: paths
                rules: [{alert: PrimaryDown, expr: probe_success == 0, for: 1m}]

            """
        let prometheus = try Prometheus(inside: probe, configuration: Prometheus.slow, rules: rules)
        defer { prometheus.end() }
        var delays: [Double] = []
        for _ in 0..<cuts {
            try eventually("the probe succeeds", within: .seconds(60), every: .milliseconds(200)) {
                () throws -> Bool? in
                try prometheus.query("probe_success").first?.value == 1 ? true : nil
            }
            phases.wait(0..<15_000)
            let cut = try lab.cut("er1", "er2")
            let active = try alertmanager.waitUntilActive("PrimaryDown", within: .seconds(180))
            delays.append((active - cut.after).seconds)
            try lab.mend("er1", "er2")
            try lab.waitUntilWhole()
            try alertmanager.waitUntilGone("PrimaryDown", within: .seconds(180))
        }
        return Row(
            what: "the same by Prometheus and blackbox_exporter: scrape 15 s, `for: 1m`",
            measured: Figures(delays).text
        )
    }
}
