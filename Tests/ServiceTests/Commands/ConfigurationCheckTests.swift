import TestSupport
import Testing

@testable import Service

@Suite("netprobe check: what comes of it", .onOwnThread)
struct ConfigurationCheckTests {
    private static let good = """
        links:
          - name: office
            peering: private
            tiers: [[tunnel]]
            workloads: [icmp://10.1.0.4]
        vpns:
          tunnel: {gateways: [192.0.2.1], edge: [icmp://10.1.255.30]}

        """

    private func check(
        _ text: String = good,
        isStrict: Bool = false,
        old: String? = nil,
        effective: String? = nil
    ) throws -> ConfigurationCheck.Result {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("new.yml", text)
        let former = try old.map { try folder.write("old.yml", $0) }
        var check = ConfigurationCheck(files: [file], isStrict: isStrict, old: former)
        check.printEffective(effective)
        var result = check.run()
        result.errors = result.errors.map { String($0.dropFirst(folder.path.count + 1)) }
        result.output = result.output.map {
            $0.hasPrefix(folder.path) ? String($0.dropFirst(folder.path.count + 1)) : $0
        }
        return result
    }

    @Test("a good file is counted and exits 0")
    func good() throws {
        let result = try check()
        #expect(result.status == 0)
        #expect(result.output == ["new.yml: valid: 1 link, 1 path"])
    }

    @Test("an error exits 65 with its place, and nothing on standard output")
    func bad() throws {
        let result = try check("nonsense: 1\n")
        #expect(result.status == 65 && result.output.isEmpty)
        #expect(result.errors.count == 1 && result.errors[0].hasPrefix("new.yml:1:1: error: "))
    }

    @Test("a warning exits 0, under --strict 2; an error stays 65")
    func strict() throws {
        let warned = Self.good.replacing(
            "edge: [icmp://10.1.255.30]",
            with: "edge: [icmp://10.1.255.30], pin: {interface: nope0}"
        )
        #expect(try check(warned).status == 0)
        #expect(try check(warned, isStrict: true).status == 2)
        #expect(try check(warned + "nonsense: 1\n", isStrict: true).status == 65)
        #expect(try !check(warned).errors.isEmpty)
    }

    @Test("the expanded file is printed whole or for one link; an unknown link is an error that names those there are")
    func effective() throws {
        #expect(try check(effective: "").output.first?.contains("outage_budget: ") == true)
        #expect(try check(effective: "office").output.first?.contains("office") == true)
        let unknown = try check(effective: "nobody")
        #expect(unknown.status == 65 && unknown.errors.contains("new.yml: error: no link 'nobody'; allowed: office"))
    }

    @Test("a difference is told, and that there is none too")
    func difference() throws {
        #expect(try check(old: Self.good).output == ["new.yml: no change"])
        let changed = try check(Self.good.replacing("10.1.0.4", with: "10.1.0.5"), old: Self.good)
        #expect(changed.status == 0)
        #expect(changed.output.contains { $0.contains("10.1.0.5") })
    }

    @Test("an old file with mistakes is told too")
    func badOld() throws {
        let result = try check(old: "nonsense: 1\n")
        #expect(result.status == 65 && result.errors.contains { $0.hasPrefix("old.yml:1:1: error: ") })
    }

    @Test("without a file name --print-effective takes its word as the file")
    func fileAsWord() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("new.yml", Self.good)
        var check = ConfigurationCheck(files: [], isStrict: false, old: nil)
        check.printEffective(file)
        #expect(check.run().output.first?.contains("office") == true)
    }
}
