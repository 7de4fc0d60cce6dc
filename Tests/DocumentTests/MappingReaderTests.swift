import Document
import Testing

@Suite("reading a mapping")
struct MappingReaderTests {
    static let section = Section(
        "thing",
        "A thing.",
        [
            .init("name", "text", default: nil, "Its name."), .init("size", "number", default: "3", "Its size."),
            .init("parts", "mapping", default: "{}", "Its parts."),
        ]
    )

    private func mapping(_ entries: [(String, Node)]) -> Node {
        let entries = entries.enumerated().map { index, entry in
            Node.Entry(key: entry.0, mark: Mark(file: "f", line: index + 1, column: 1), value: entry.1)
        }
        return Node(.mapping(entries), at: place)
    }

    @Test("unknown keys are all reported, each with its place, the nearest key and those allowed")
    func unknownKeys() {
        let log = DiagnosticLog()
        _ = MappingReader(
            mapping([("nmae", .plain("x")), ("size", .plain("1")), ("other", .plain("x"))]),
            Self.section,
            log
        )
        #expect(
            log.diagnostics.map(\.description) == [
                "f:1:1: error: unknown key 'nmae'; did you mean name?; allowed: name, size, parts",
                "f:3:1: error: unknown key 'other'; allowed: name, size, parts",
            ]
        )
    }

    @Test("a wrong value is reported, and its default goes on")
    func wrongValue() throws {
        let log = DiagnosticLog()
        let reader = try #require(MappingReader(mapping([("size", .plain("big"))]), Self.section, log))
        #expect(reader.value("size", .integer(0...9), default: 3) == 3)
        #expect(log.hasErrors)
    }

    @Test("an absent key and a null are the default, without a word")
    func absent() throws {
        let log = DiagnosticLog()
        let reader = try #require(MappingReader(mapping([("size", Node(.null, at: place))]), Self.section, log))
        #expect(reader.value("size", .integer(0...9), default: 3) == 3)
        #expect(reader.optional("parts", .text) == nil)
        #expect(log.diagnostics.isEmpty)
    }

    @Test("a required key that is absent is reported")
    func required() throws {
        let log = DiagnosticLog()
        let reader = try #require(MappingReader(mapping([]), Self.section, log))
        #expect(reader.required("name", .text) == nil)
        #expect(log.diagnostics.map(\.description) == ["f:1:1: error: name is missing; allowed: a text"])
    }

    @Test(
        "what is no mapping says what it is",
        arguments: [Node.plain("x"), Node(.sequence([]), at: place), Node(.null, at: place)]
    )
    func noMapping(node: Node) {
        let log = DiagnosticLog()
        #expect(MappingReader(node, Self.section, log) == nil)
        #expect(log.diagnostics.count == 1)
    }
}

@Suite("diagnostics")
struct DiagnosticTests {
    @Test("a diagnostic is one line, whatever the file holds")
    func oneLine() {
        let mark = Mark(file: "a\nb", line: 1, column: 2)
        let text = Diagnostic(severity: .warning, mark: mark, message: "x\u{1B}[31m\u{202E}y\r\n").description
        #expect(!text.contains("\n") && !text.contains("\u{1B}") && !text.contains("\u{202E}"))
        #expect(text.contains(":1:2: warning: x"))
    }

    @Test("diagnostics come in the order of the files and their lines")
    func order() {
        let log = DiagnosticLog()
        log.error("b", at: Mark(file: "main", line: 2, column: 1))
        log.error("c", at: Mark(file: "included", line: 1, column: 1))
        log.warning("a", at: Mark(file: "main", line: 1, column: 9))
        #expect(log.diagnostics.map(\.message) == ["a", "b", "c"])
    }

    @Test("a hopeless file does not fill the memory with diagnostics")
    func bounded() {
        let log = DiagnosticLog()
        for line in 1...10_000 { log.error("x", at: Mark(file: "f", line: line, column: 1)) }
        #expect(log.diagnostics.count == DiagnosticLog.limit + 1)
        #expect(log.diagnostics.last?.message == "and 9500 more")
        #expect(log.hasErrors)
    }
}
