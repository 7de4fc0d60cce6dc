import Document
import Testing

@Suite("single values")
struct FormatTests {
    @Test(
        "a whole number is decimal digits without a leading zero",
        arguments: [("0", 0), ("7", 7), ("64", 64), ("-3", -3)]
    )
    func integers(text: String, expected: Int) {
        #expect(read(.plain(text), .integer(-10...64)).value == expected)
    }

    @Test(
        "what looks like a number elsewhere is none here",
        arguments: ["010", "0x10", "1_000", "1:30", "1.0", "1e3", "+5", "", "-", "٣", " 5", "99999999999999999999"]
    )
    func noIntegers(text: String) {
        let result = read(.plain(text), Format.integer(0...100_000))
        #expect(result.value == nil)
        #expect(result.messages.count == 1)
    }

    @Test("a number in quotes is a text")
    func quotedNumber() {
        let result = read(.quoted("5"), Format.integer(0...10))
        #expect(
            result.messages == [
                "f:1:1: error: expected a whole number, found a text in quotes; allowed: a whole number from 0 to 10, no quotes"
            ]
        )
    }

    @Test("only true and false are truth values", arguments: ["yes", "no", "on", "off", "True", "TRUE", "1", "y", ""])
    func noBooleans(text: String) {
        #expect(read(.plain(text), Format.boolean).value == nil)
    }

    @Test("true and false are read", arguments: [("true", true), ("false", false)])
    func booleans(text: String, expected: Bool) {
        #expect(read(.plain(text), Format.boolean).value == expected)
    }

    @Test("a percentage is a ratio", arguments: [("5%", 0.05), ("0%", 0), ("100%", 1), ("2.5%", 0.025)])
    func percentages(text: String, expected: Double) {
        #expect(read(.plain(text), Format.percentage).value == expected)
    }

    @Test(
        "what is no percentage is refused",
        arguments: ["5", "0.05", "101%", "-1%", "%", "1e1%", "nan%", ".5%", "5.%"]
    )
    func noPercentages(text: String) {
        #expect(read(.plain(text), Format.percentage).value == nil)
    }

    @Test("numbers that are not finite are no numbers", arguments: [".inf", "inf", "nan", "1e400", "0x1p3", "1.2.3"])
    func noNumbers(text: String) {
        #expect(read(.plain(text), Format.number(0...10, allowed: "0 to 10")).value == nil)
    }

    @Test("a word that is not among those allowed names them and the nearest")
    func choice() {
        enum Colour: String, CaseIterable { case red, green }
        let result = read(.plain("gren"), Format<Colour>.choice)
        #expect(result.messages == ["f:1:1: error: 'gren' is not known here; did you mean green?; allowed: red, green"])
    }

    @Test("every wrong item of a list is reported")
    func list() {
        let items = ["1", "x", "3", "y"].map { Node(.scalar($0, .plain), at: place) }
        let result = read(.init(.sequence(items), at: place), Format<[Int]>.list(of: .integer(0...9)))
        #expect(result.value == nil)
        #expect(result.messages.count == 2)
        #expect(
            read(.init(.sequence([items[0], items[2]]), at: place), Format<[Int]>.list(of: .integer(0...9))).value == [
                1, 3,
            ]
        )
    }

    @Test("a variable where none may stand is refused")
    func variable() {
        #expect(read(.plain("${HOME}"), Format<String>.text).value == nil)
    }

    @Test("a text keeps what another reader would take for something else", arguments: ["no", "010", "1:30", "null "])
    func texts(text: String) {
        #expect(read(.plain(text), Format<String>.text).value == text)
    }

    @Test("a long value is cut in a message")
    func long() {
        let result = read(.plain(String(repeating: "x", count: 1_000_000)), Format.integer(0...1))
        #expect(result.messages.allSatisfy { $0.utf8.count < 250 })
    }
}

let place = Mark(file: "f", line: 1, column: 1)

extension Node {
    static func plain(_ text: String) -> Node { Node(.scalar(text, .plain), at: place) }
    static func quoted(_ text: String) -> Node { Node(.scalar(text, .quoted), at: place) }
}

func read<Value>(_ node: Node, _ format: Format<Value>) -> (value: Value?, messages: [String]) {
    let log = DiagnosticLog()
    let value = format.read(node, log)
    return (value, log.diagnostics.map(\.description))
}
