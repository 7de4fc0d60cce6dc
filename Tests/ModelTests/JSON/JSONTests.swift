import Model
import Testing

@Suite("JSON documents")
struct JSONTests {
    static let sample: JSONValue = [
        "name": "a \"b\" \\ \n\u{1}\u{7F}é",
        "count": -3, "ratio": 0.5, "on": true, "off": false, "none": nil,
        "list": [1, [], [:]],
    ]

    @Test("the compact form keeps the order of members and escapes what RFC 8259 asks")
    func compact() {
        let expected = #"""
            {"name":"a \"b\" \\ \n\u0001\u007fé","count":-3,"ratio":0.5,"on":true,"off":false,"none":null,"list":[1,[],{}]}
            """#
        #expect(Self.sample.text() == expected)
    }

    @Test("the pretty form is indented by two spaces, empty lists stay short")
    func pretty() {
        let value: JSONValue = ["a": [1, ["b": []]]]
        #expect(
            value.text(pretty: true) == """
                {
                  "a": [
                    1,
                    {
                      "b": []
                    }
                  ]
                }
                """
        )
    }

    @Test("what is not finite is written as null", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(value: Double) {
        #expect(JSONValue.number(value).text() == "null")
    }

    @Test("both forms read back as the same value", arguments: [false, true])
    func roundTrip(pretty: Bool) throws {
        #expect(try JSONValue(parsing: Self.sample.text(pretty: pretty)) == Self.sample)
    }

    @Test("an integer beyond 64 bits and a number with a fraction are doubles")
    func numbers() throws {
        #expect(try JSONValue(parsing: "9223372036854775807") == .integer(.max))
        #expect(try JSONValue(parsing: "9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try JSONValue(parsing: "-0.5E+1") == .number(-5))
    }

    @Test("escapes become their characters, surrogate pairs one scalar")
    func escapes() throws {
        #expect(try JSONValue(parsing: #""\u00e9\/\b\f\t\ud83d\ude00""#) == .string("é/\u{8}\u{C}\t😀"))
    }

    @Test(
        "a mistake is refused with its place",
        arguments: [
            ("", "1:1: the document ends where a value is expected"),
            ("{\"a\":1,\n \"a\":2}", "2:2: the key 'a' stands twice"),
            ("[1,]", "1:4: a value is expected: object, array, string, number, true, false or null"),
            ("[1 2]", "1:4: ',' or ']' is expected"),
            ("{\"a\" 1}", "1:6: ':' is expected after the key"),
            ("{a:1}", "1:2: a key in quotes is expected"),
            ("{\"a\":1 \"b\":2}", "1:8: ',' or '}' is expected"),
            ("01", "1:1: a number has no leading zero"),
            ("-", "1:2: a digit is expected"),
            ("1.", "1:3: a digit is expected after '.'"),
            ("1e", "1:3: a digit is expected in the exponent"),
            ("1e999", "1:1: the number is too large"),
            ("truth", "1:4: 'true' is expected"),
            ("\"a", "1:1: the string is not closed"),
            ("\"\t\"", "1:2: a control character must be escaped"),
            ("\"\\x\"", #"1:2: unknown escape; allowed: \" \\ \/ \b \f \n \r \t \uXXXX"#),
            ("\"\\ud800x\"", "1:2: half a surrogate pair"),
            ("\"\\udc00\"", "1:2: half a surrogate pair"),
            ("\"\\u12g4\"", "1:6: four hexadecimal digits are expected after \\u"),
            ("1 1", "1:3: unexpected text after the value"),
        ]
    )
    func mistakes(text: String, message: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.description == message)
    }

    @Test("bytes that are not UTF-8 are refused")
    func invalidUTF8() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22] as [UInt8]) }
    }

    @Test("size, depth and number of values are bounded")
    func limits() {
        let nested = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError(line: 1, column: 65, message: "nested deeper than 64")) {
            try JSONValue(parsing: nested)
        }
        #expect(throws: JSONError.self) { try JSONValue(parsing: "[1,2,3]", limits: JSONLimits(values: 3)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: "[1,2,3]", limits: JSONLimits(bytes: 6)) }
    }

    @Test("every shorter prefix of a document is an error, never a crash")
    func prefixes() {
        let text = Array(Self.sample.text().utf8)
        for length in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: text[..<length]) }
        }
    }

    @Test("members are found by name, and other kinds have none")
    func accessors() {
        let sample = Self.sample
        #expect(sample["count"]?.asInteger == -3)
        #expect(sample["count"]?.asDouble == -3)
        #expect(sample["on"]?.asBool == true)
        #expect(sample["none"]?.isNull == true)
        #expect(sample["list"]?.asArray?.count == 3)
        #expect(sample["absent"] == nil)
        #expect(JSONValue.integer(1)["a"] == nil)
        #expect(JSONValue.integer(1) != .number(1))
    }

    @Test("an object written in pieces has the text of the whole", arguments: [true, false], [0, 1, 5_000])
    func pieces(pretty: Bool, count: Int) {
        let members: [(String, JSONValue)] = [("a", 1), ("b", .object([("c", .null)]))]
        let elements = (0..<count).map { JSONValue.object([("number", .integer(Int64($0))), ("text", "x\n\u{E9}")]) }
        var pieces: [String] = []
        JSONValue.write(members, then: "d", elements, pretty: pretty) { pieces.append($0) }
        #expect(pieces.joined() == JSONValue.object(members + [("d", .array(elements))]).text(pretty: pretty))
        #expect((pieces.count > 1) == (count == 5_000))
    }
}
