import Glibc
import Metering
import TestSupport
import Testing

@Suite("the catalogue")
struct CatalogueTests {
    @Test("docs/metrics.md is what the code says")
    func document() throws {
        try expectGolden(Catalogue.document, "docs/metrics.md")
    }

    @Test("no name stands twice, in either format")
    func uniqueNames() {
        #expect(Set(Catalogue.all.map(\.name)).count == Catalogue.all.count)
        #expect(Set(Catalogue.all.map(\.openMetricsName)).count == Catalogue.all.count)
    }

    @Test("names follow the rules of the field", arguments: Catalogue.all)
    func naming(definition: MetricDefinition) {
        #expect(definition.name.hasPrefix("netprobe_") || definition.name.hasPrefix("process_"))
        #expect((definition.type == .counter) == definition.name.hasSuffix("_total"))
        #expect((definition.type == .info) == definition.name.hasSuffix("_info"))
        #expect(definition.help.hasSuffix("."))
        #expect(definition.unit.isEmpty || definition.openMetricsName.hasSuffix("_\(definition.unit)"))
        for unit in ["seconds", "bytes", "ratio"] where definition.openMetricsName.hasSuffix("_\(unit)") {
            #expect(definition.unit == unit)
        }
        let isWord = { (text: String) in
            text.utf8.allSatisfy { (97...122).contains($0) || $0 == UInt8(ascii: "_") }
        }
        #expect(isWord(definition.name))
        #expect(definition.labels.allSatisfy(isWord))
        #expect(Set(definition.labels).isDisjoint(with: ["le", "quantile", "job", "instance"]))
        #expect(definition.bounds == definition.bounds.sorted())
    }

    @Test("the labels are those of the contract")
    func contractLabels() {
        let probe = ["link", "path", "role", "target", "module"]
        #expect(Catalogue.probeSent.definition.labels == probe)
        #expect(Catalogue.probeFailures.definition.labels == probe + ["reason"])
        #expect(Catalogue.probePhase.definition.labels == probe + ["phase"])
        #expect(Catalogue.stampLost.definition.labels == probe + ["direction"])
        #expect(Catalogue.pathState.definition.labels == ["link", "path", "state"])
        #expect(Catalogue.pathPinned.definition.labels == ["path", "leg", "state"])
        #expect(Catalogue.linkPathActive.definition.labels == ["link", "path", "tier"])
        #expect(Catalogue.linkFailovers.definition.labels == ["link", "from", "to"])
        #expect(Catalogue.alertActive.definition.labels == ["alert", "severity"])
    }

    @Test("round trips have the twenty bounds of smokeping_prober")
    func roundTripBounds() {
        let bounds = Catalogue.probeRTT.definition.bounds
        #expect(bounds.count == 20)
        #expect(bounds.first == 50_000)
        #expect(bounds.last == 26_214_400_000)
    }

    @Test("promtool finds nothing to say about the whole catalogue")
    func promtool() throws {
        guard Requirement.met(.program("promtool", package: "prometheus")) else { return }
        let path = "\(Repository.root)/Tests/Golden/metrics/catalogue.prom"
        let process = try #require(popen("promtool check metrics < '\(path)' 2>&1", "r"))
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&buffer, 1, buffer.count, process)
            guard count > 0 else { break }
            output += buffer[..<count]
        }
        let status = pclose(process)
        #expect(status == 0, "\(text(output))")
        #expect(text(output) == "")
    }
}
