import Model
import TestSupport
import Testing
import Wire

@testable import Traceroute

@Suite("Outputs of a trace")
struct RenderingTests {
    private static let report: TraceReport = {
        var hops = hops("10.0.0.1", "172.16.0.2", nil, "10.1.0.4")
        hops[0].responders[0].name = "gw.contoso.com"
        hops[0].statistics = HopStatistics(
            sent: 3,
            roundTrips: [.microseconds(412), .microseconds(398), .microseconds(405)]
        )
        hops[1].responders.append(
            .init(address: ip("172.16.0.6"), name: "a-very-long-name.of-a-router.example.net", answers: 1)
        )
        hops[1].statistics = HopStatistics(sent: 3, roundTrips: [.microseconds(2_412), .microseconds(12_398)])
        hops[1].labels = [MPLSLabel(label: 24001, ttl: 1), MPLSLabel(label: 16, isBottom: true, ttl: 1)]
        hops[1].furtherLabels = 2
        hops[2].statistics = HopStatistics(sent: 3, roundTrips: [])
        hops[3].answer = .reply(.echo)
        hops[3].statistics = HopStatistics(
            sent: 3,
            roundTrips: [.milliseconds(131), .milliseconds(1_431), .milliseconds(9)]
        )
        let identity = PathNaming(paths: [Example.paths[2], Example.paths[0]], links: Example.links)
            .identity(of: ip("10.1.0.4"), host: "10.1.0.4", hops: hops, route: nil)
        let judge = TraceJudge(
            target: ip("10.1.0.4"),
            hops: hops,
            statistics: hops[3].statistics,
            distance: 4,
            path: identity.path
        )
        return TraceReport(
            target: "vm1.contoso.com",
            address: ip("10.1.0.4"),
            source: ip("10.0.0.10"),
            interface: "eth0",
            route: Example.route(),
            startedAt: WallTime(nanoseconds: 1_790_000_000_000_000_000),
            duration: .milliseconds(950),
            rounds: 3,
            interval: .milliseconds(100),
            access: .raw,
            clock: .kernel,
            hops: hops,
            distance: 4,
            statistics: hops[3].statistics,
            identity: identity,
            verdict: judge.verdict
        )
    }()

    private static var unreachable: TraceReport {
        var report = report
        report.hops = hops("fd00:1234:5678:9abc:def0:1234:5678:9abc", "10.0.0.2")
        report.hops[1].answer = .unreachable(.hostUnreachable)
        report.distance = nil
        report.statistics = HopStatistics(sent: 3, roundTrips: [])
        report.verdict =
            TraceJudge(target: report.address, hops: report.hops, statistics: report.statistics, distance: nil)
            .verdict
        report.identity = PathIdentity()
        report.isCancelled = true
        report.clock = .user
        report.duplicates = 2
        report.distanceChanges = 1
        return report
    }

    @Test("the outputs are as their golden files")
    func goldenFiles() throws {
        try expectGolden(Self.report.table(), "Tests/Golden/path/reached.txt")
        try expectGolden(Self.unreachable.table(), "Tests/Golden/path/unreachable.txt")
        try expectGolden(Self.report.json.text(pretty: true) + "\n", "Tests/Golden/path/reached.json")
        try expectGolden(Self.report.csv, "Tests/Golden/path/reached.csv")
        try expectGolden(Self.report.prometheus, "Tests/Golden/path/reached.prom")
    }

    @Test("per-packet balancing is said with its hops")
    func perPacket() {
        var report = Self.report
        report.perPacketHops = [4, 5]
        #expect(report.json["multipath"]?["per_packet"] == .array([.integer(4), .integer(5)]))
        let words = report.table().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("per-packet balancing: the packets of one flow alternate at hops 4, 5, so paths"))
    }

    /// Two balancers in a row, and between them a hop that follows from the first.
    private static func flows(_ prefix: String) -> [TraceFlow] {
        var flows = [(1, 4), (1, 5), (2, 4), (2, 5)].enumerated().map { number, hops in
            TraceFlow(
                number: number,
                sourcePort: UInt16(61_000 + number),
                responders: ["1", "\(hops.0)", "\(hops.0 + 100)", "\(hops.1)", "9"].enumerated().map { ttl, host in
                    ip("\(prefix)\(ttl)\(prefix.contains(":") ? "::" : ".")\(host)")
                },
                distance: 5,
                statistics: HopStatistics(sent: 3, roundTrips: Array(repeating: .milliseconds(1), count: 3))
            )
        }
        flows[3].way[1] = nil
        return flows
    }

    @Test("a flow's line shows the hops that tell it from the others, and no others")
    func ways() {
        var report = Self.report
        report.flows = Self.flows("10.0.")
        let lines = report.flowLines
        #expect(lines[1].hasSuffix("  way (hops 2, 4)"), "\(lines)")
        let ways = ["10.0.1.1 10.0.3.4", "10.0.1.1 10.0.3.5", "10.0.1.2 10.0.3.4", "* 10.0.3.5"]
        for (line, way) in zip(lines.dropFirst(2), ways) { #expect(line.contains("  \(way) "), "\(line)") }
        report.flows = Self.flows("fd00:1234:5678:9abc:")
        for line in report.flowLines { #expect(line.utf8.count <= 80, "\(line)") }
        #expect(report.flowLines.contains("      fd00:1234:5678:9abc:1::1 fd00:1234:5678:9abc:3::5"))
    }

    @Test("where packets go in circles no way back is remarked on")
    func loop() {
        var report = Self.report
        report.hops[1].replyTTL = 50
        #expect(report.table().contains("comes back over 15 hops: asymmetric"))
        report.hasLoop = true
        report.distance = nil
        #expect(!report.table().contains("asymmetric"))
    }

    @Test("wide characters stand on two columns, marks on none, and what is too long is cut by columns")
    func wideNames() {
        #expect("中文".columns == 4 && "e\u{301}t".columns == 2 && "Ωπ".columns == 2 && "plain".columns == 5)
        let cut = TableStyle.fit(String(repeating: "中文网络", count: 30), 77)
        #expect(cut.columns <= 77 && cut.columns >= 75 && cut.hasSuffix("..."))
        #expect(TraceTable.pad("中", 4) == "中  ")
    }

    @Test("no line of a table is longer than 80 columns, whatever the names")
    func width() {
        var report = Self.report
        report.target = String(repeating: "long-", count: 40) + "name"
        report.hops[0].responders[0].name = String(repeating: "n", count: 253)
        report.hops[3].responders = [
            .init(address: ip("fd00:1234:5678:9abc:def0:1234:5678:9abc"), name: "x.example.net", answers: 10)
        ]
        for line in report.table().split(separator: "\n") { #expect(line.utf8.count <= 80, "\(line)") }
        for line in Self.unreachable.table().split(separator: "\n") { #expect(line.utf8.count <= 80, "\(line)") }
    }

    @Test("colour is an addition: without its sequences the text is the same")
    func colour() {
        let plain = Self.report.table()
        #expect(!plain.contains("\u{1B}"))
        var text = Self.report.table(colour: true)
        #expect(text.contains("\u{1B}[32m"))
        for code in ["0", "1", "2", "31", "32", "33"] {
            text = text.split(separator: "\u{1B}[\(code)m", omittingEmptySubsequences: false).joined()
        }
        #expect(text == plain)
    }

    @Test(
        "times are short and exact enough",
        arguments: [
            (0, "0.000"), (499, "0.000"), (500, "0.001"), (12_345, "0.012"), (9_999_499, "9.999"),
            (99_999_499, "99.999"),
            (100_000_000, "100.00"), (1_431_000_000, "1431.0"),
        ]
    )
    func milliseconds(nanoseconds: Int, text: String) {
        #expect(TraceTable.milliseconds(.nanoseconds(nanoseconds)) == text)
    }

    @Test("every output has the same statistics")
    func equalNumbers() throws {
        let report = Self.report
        let statistics = report.hops[1].statistics
        let average = try #require(statistics.average).nanoseconds
        #expect(report.json["hops"]?.asArray?[1]["avg_ns"]?.asInteger == average)
        let line = report.csv.split(separator: "\n")[2].split(separator: ",", omittingEmptySubsequences: false)
        #expect(line[8] == "\(average)")
        #expect(report.prometheus.contains("hop=\"172.16.0.2\",statistic=\"avg\"} \(Double(average) / 1e9)"))
        #expect(report.table().contains(TraceTable.milliseconds(.nanoseconds(average))))
    }

    @Test("the documents hold exactly the members that the schema names", arguments: [true, false])
    func schema(reached: Bool) throws {
        let schema = try JSONValue(parsing: Repository.text(of: "docs/path.schema.json"))
        let document = try JSONValue(parsing: (reached ? Self.report : Self.unreachable).json.text())
        let report = try #require(schema["$defs"]?["report"])
        try compare(document, with: report, root: schema, at: "$")
        let kinds = (schema["oneOf"]?.asArray ?? []).compactMap { $0["$ref"]?.asString }
        #expect(kinds == ["#/$defs/report", "#/$defs/failure"])
    }

    private func compare(_ value: JSONValue, with schema: JSONValue, root: JSONValue, at place: String) throws {
        if let reference = schema["$ref"]?.asString, let name = reference.split(separator: "/").last {
            return try compare(value, with: try #require(root["$defs"]?[String(name)]), root: root, at: place)
        }
        if let allowed = schema["enum"]?.asArray { #expect(allowed.contains(value), "\(place)") }
        if let constant = schema["const"] { #expect(constant == value, "\(place)") }
        if let type = schema["type"] {
            let names = type.asArray?.compactMap(\.asString) ?? [type.asString ?? ""]
            #expect(
                names.contains(Self.type(of: value)) || (names.contains("number") && value.asInteger != nil),
                "\(place)"
            )
        }
        if let members = value.asObject, let properties = schema["properties"] {
            let required = Set(schema["required"]?.asArray?.compactMap(\.asString) ?? [])
            #expect(Set(members.map(\.0)) == required, "\(place)")
            for (name, member) in members {
                try compare(
                    member,
                    with: try #require(properties[name], "\(place).\(name)"),
                    root: root,
                    at: "\(place).\(name)"
                )
            }
        }
        if let elements = value.asArray, let items = schema["items"] {
            for element in elements { try compare(element, with: items, root: root, at: "\(place)[]") }
        }
    }

    private static func type(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    @Test("the hash of a route depends on its responders and their order alone")
    func hash() {
        var same = Self.report
        same.hops[0].statistics = HopStatistics()
        same.hops[1].responders.reverse()
        #expect(same.routeHash == Self.report.routeHash)
        #expect(Self.report.routeHash < 1 << 48 && Self.report.routeHashText.count == 12)
        var other = Self.report
        other.hops[2].responders = [.init(address: ip("10.0.0.9"), answers: 1)]
        #expect(other.routeHash != Self.report.routeHash)
    }

    @Test("a name from reverse DNS holds nothing that a terminal obeys")
    func hostileName() {
        #expect(NameService.clean(Array("\u{1B}[2Jevil\n\"x".utf8)) == "??2Jevil??x")
        #expect(NameService.clean([]) == nil)
        #expect(NameService.clean([UInt8](repeating: 0x61, count: 400))?.utf8.count == 253)
    }
}
