import TestSupport
import Testing

@Suite("netprobe check", .onOwnThread)
struct CheckCommandTests {
    private static let good = """
        schema: 1
        links:
          - name: office
            peering: private
            tiers: [[tunnel]]
            workloads: [icmp://10.1.0.4]
        vpns:
          tunnel: {gateways: [192.0.2.1], edge: [icmp://10.1.255.30]}

        """

    @Test("a good file exits 0")
    func accepted() throws {
        let result = try check(Self.good)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test("the documented example exits 0, whatever this host lacks")
    func example() throws {
        let path = "\(Repository.root)/Tests/Golden/netprobe.yml"
        let result = try Shell.finish([try NetprobeBinary.path(), "check", path])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test(
        "each mistake is an error with its line and column",
        arguments: [
            ("unknwon: 1\n", "1:1"), ("links: 5\n", "1:8"), ("defaults: {interval: fast}\n", "1:22"),
            (
                "circuits:\n  a: {peering: private, primary: {subnet: 10.0.0.300/30}, secondary: {subnet: 10.0.0.4/30}}\n",
                "2:43"
            ),
            ("links:\n  - {name: a, peering: private, tiers: [[nobody]], workloads: []}\n", "2:42"),
            ("defaults: {flows: 1, flows: 2}\n", "1:22"), ("alerting: {alertmanagers: [\"::\"]}\n", "1:28"),
            ("alerting: {rules: {NoSuchAlert: off}}\n", "1:20"), ("defaults: {interval: -1s}\n", "1:22"),
        ]
    )
    func mistake(text: String, position: String) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("bad.yml", text)
        let result = try Shell.finish([try NetprobeBinary.path(), "check", file])
        let said = result.output + result.errors
        #expect(result.status == 65, "\(said)")
        #expect(said.contains("bad.yml:\(position): "), "\(said)")
    }

    @Test("several mistakes are told at once")
    func several() throws {
        let result = try check("unknown: 1\ndefaults: {interval: fast, flows: none}\n")
        let said = (result.output + result.errors).split(separator: "\n").filter { $0.contains("bad.yml:") }
        #expect(result.status == 65)
        #expect(said.count >= 3, "\(said)")
    }

    @Test("serve refuses a bad file with the same words and status")
    func serve() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("bad.yml", "unknown: 1\n")
        let result = try Shell.finish([try NetprobeBinary.path(), "serve", "--config", file, "--listen", "127.0.0.1:0"])
        #expect(result.status == 65)
        #expect((result.output + result.errors).contains("bad.yml:1:1: "))
    }

    private func check(_ text: String) throws -> Shell.Finished {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        return try Shell.finish([try NetprobeBinary.path(), "check", folder.write("bad.yml", text)])
    }
}
