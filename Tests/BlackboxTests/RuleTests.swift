import Model
import Testing
import Wire

@testable import Blackbox

@Suite("what modules want")
struct RuleTests {
    private func expression(_ text: String) throws -> RegularExpression { try RegularExpression(text) }

    @Test(
        "the grammar is RE2's: what Go compiles compiles, what would backtrack does not",
        arguments: ["^+OK", "(?i)a|b", #"\z"#, "(?P<name>x)", ""]
    )
    func grammar(text: String) throws {
        _ = try expression(text)
    }

    @Test("what is no expression says why", arguments: [":[", "(?=a)", #"(a)\1"#, "(", "a**"])
    func mistakes(text: String) {
        #expect(throws: RegularExpression.Mistake.self) { try RegularExpression(text) }
    }

    @Test("a match takes linear time, whatever is written")
    func linear() throws {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000)
        #expect(try !expression("(a*)*(a|aa)*b").matches(text))
    }

    @Test("groups go into what is sent as Go's Expand puts them")
    func expand() throws {
        let expression = try expression("PING :([^ ]+) (?P<who>.*)")
        let line = Array("PING :irc me".utf8)
        let match = try #require(expression.firstMatch(in: line))
        func sent(_ template: String) -> String {
            String(decoding: expression.expand(template, match, in: line), as: UTF8.self)
        }
        #expect(sent("PONG ${1}") == "PONG irc" && sent("PONG $1!") == "PONG irc!" && sent("$who") == "me")
        #expect(
            sent("$1x") == "" && sent("$$1") == "$1" && sent("$9") == "" && sent("a$") == "a$" && sent("${1") == "${1"
        )
        #expect(sent("$0") == "PING :irc me")
    }

    @Test("lines end with LF or CRLF; the last needs no end; a line without one is bounded")
    func lines() throws {
        var reader = LineReader()
        reader.take(Array("one\r\ntwo\nthr".utf8))
        #expect(try reader.next() == .line(Array("one".utf8)) && reader.next() == .line(Array("two".utf8)))
        #expect(try reader.next() == .needsMore)
        reader.take(Array("ee".utf8))
        reader.take([])
        #expect(try reader.next() == .line(Array("three".utf8)) && reader.next() == .end)
        var endless = LineReader()
        endless.take([UInt8](repeating: 65, count: LineReader.longest))
        #expect(throws: LineReader.TooLong()) { try endless.next() }
    }

    @Test("header rules, as blackbox_exporter tests them")
    func headers() throws {
        func verdict(matches: Bool, _ name: String, _ pattern: String, _ values: [String], allows: Bool = false) throws
            -> Bool
        {
            var module = HTTPModule()
            let rule = HTTPModule.HeaderRule(name: name, expression: try expression(pattern), allowsMissing: allows)
            if matches { module.failIfHeaderMatches = [rule] } else { module.failIfHeaderNotMatches = [rule] }
            return HTTPRules.objection(to: values.map { .init("Content-Type", $0) }, module) == nil
        }
        #expect(try !verdict(matches: true, "Content-Type", "text/javascript", ["text/javascript"]))
        #expect(try verdict(matches: true, "content-type", "text/javascript", ["application/octet-stream"]))
        #expect(try !verdict(matches: true, "Content-Type", ".*", [""]))
        #expect(try !verdict(matches: true, "X", ".*", []) && verdict(matches: true, "X", ".*", [], allows: true))
        #expect(try verdict(matches: false, "Content-Type", "text", ["x", "text"]))
        #expect(try !verdict(matches: false, "Content-Type", "text", ["x"]) && !verdict(matches: false, "X", "a", []))
        #expect(try verdict(matches: false, "X", "a", [], allows: true))
    }

    @Test("records are text as miekg/dns writes them")
    func records() throws {
        let name = try #require(DNSName("example.com."))
        #expect(
            RecordText.text(DNSRecord(name: name, ttl: 3600, data: .a(.init(127, 0, 0, 1))))
                == "example.com.\t3600\tIN\tA\t127.0.0.1"
        )
        #expect(
            RecordText.text(DNSRecord(name: name, ttl: 5, data: .mx(preference: 10, exchange: name)))
                == "example.com.\t5\tIN\tMX\t10 example.com."
        )
        #expect(
            RecordText.text(DNSRecord(name: name, ttl: 0, data: .txt([Array("a \"b\"".utf8), [7]])))
                == "example.com.\t0\tIN\tTXT\t\"a \\\"b\\\"\" \"\\007\""
        )
    }

    @Test(
        "records of newer types have their own text, and where they are broken that of RFC 3597",
        arguments: [
            (257, [0, 5] + Array("issuex".utf8), "CAA\t0 issue \"x\""), (257, [0, 9, 1], "CAA\t\\# 3 000901"),
            (65, [0, 1, 0, 0, 1, 0, 3, 2] + Array("h2".utf8), "HTTPS\t1 . alpn=\"h2\""),
            (64, [0, 0, 1, 97, 0], "SVCB\t0 a."),
            (
                65, [0, 1, 0, 0, 3, 0, 2, 1, 187, 0, 4, 0, 4, 1, 2, 3, 4],
                "HTTPS\t1 . port=\"443\" ipv4hint=\"1.2.3.4\""
            ),
            (65, [0, 1, 0, 0, 3, 0, 9, 1], "HTTPS\t\\# 8 0001000003000901"),
        ] as [(UInt16, [UInt8], String)]
    )
    func newer(type: UInt16, data: [UInt8], text: String) throws {
        let name = try #require(DNSName("a."))
        let record = DNSRecord(name: name, ttl: 1, data: .other(type: DNSRecordType(rawValue: type), data))
        #expect(RecordText.text(record) == "a.\t1\tIN\t\(text)")
    }

    @Test("the rules for records, the inverted one too")
    func recordRules() throws {
        let name = try #require(DNSName("example.com."))
        let records = [
            DNSRecord(name: name, ttl: 3600, data: .a(.init(127, 0, 0, 1))),
            DNSRecord(name: name, ttl: 3600, data: .a(.init(127, 0, 0, 2))),
        ]
        func isGood(_ rules: DNSModule.RecordRules, _ records: [DNSRecord]) -> Bool {
            DNSRules.judge(records, rules).isGood
        }
        let one = [try expression(#".*127\.0\.0\.1.*"#)], both = [try expression(".*3600.*")],
            none = [try expression("7200")]
        #expect(!isGood(.init(failIfMatches: one), records) && isGood(.init(failIfMatches: none), records))
        #expect(!isGood(.init(failIfAllMatch: one), records) && isGood(.init(failIfAllMatch: both), records))
        #expect(!isGood(.init(failIfNotMatches: one), records) && isGood(.init(failIfNotMatches: both), records))
        #expect(isGood(.init(failIfNoneMatches: one), records) && !isGood(.init(failIfNoneMatches: none), records))
        #expect(
            isGood(.init(failIfMatches: both, failIfAllMatch: both), []) && !isGood(.init(failIfNotMatches: both), [])
        )
        #expect(!isGood(.init(failIfNoneMatches: both), []))
        #expect(DNSRules.judge(code: 3, valid: ["NXDOMAIN"]).isGood && !DNSRules.judge(code: 3, valid: nil).isGood)
        #expect(!DNSRules.judge(code: 0, valid: ["NOERROR", "NONSENSE"]).isGood)
    }

    @Test("targets are read, addresses chosen and hashed as there")
    func hosts() throws {
        #expect(ProbedHost.split("host") == nil && ProbedHost.split("::1") == nil)
        let split = try #require(ProbedHost.split("[::1]:53"))
        #expect(split == ("::1", 53))
        let addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1"].compactMap { IPAddress($0) }
        #expect(ProbedHost.choose(addresses, .init()) == addresses[2])
        #expect(ProbedHost.choose(addresses, .init(prefersIPv6: false)) == addresses[0])
        #expect(ProbedHost.choose(Array(addresses.prefix(2)), .init()) == addresses[1])
        #expect(ProbedHost.choose(Array(addresses.prefix(2)), .init(fallsBack: false)) == nil)
        #expect(ProbedHost.hash(addresses[0]) == 1969986452)
    }

    @Test("an Accept-Encoding must ask for what is expected")
    func encodings() {
        #expect(AcceptedEncodings.includes("gzip", "gzip") && AcceptedEncodings.includes("gzip", "br, gzip"))
        #expect(AcceptedEncodings.includes("gzip", "*") && AcceptedEncodings.includes("", "identity"))
        #expect(!AcceptedEncodings.includes("gzip", "br") && !AcceptedEncodings.includes("gzip", "*;q=0.0"))
        #expect(
            !AcceptedEncodings.includes("gzip", "br;q=1.0, *;q=0")
                && AcceptedEncodings.includes("br", "gzip;q=0.1, br;q=0.5")
        )
    }

    @Test("dates of HTTP")
    func dates() {
        #expect(HTTPRules.seconds(ofDate: "Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(HTTPRules.seconds(ofDate: "Thu, 01 Jan 1970 00:00:00 GMT") == 0)
        #expect(HTTPRules.seconds(ofDate: "Sunday, 06-Nov-94 08:49:37 GMT") == 784_111_777)
        #expect(HTTPRules.seconds(ofDate: "Sun Nov  6 08:49:37 1994") == 784_111_777)
        #expect(HTTPRules.seconds(ofDate: "Sunday, 06-Nov-94 08:49:37 KST") == 784_111_777)
        for text in ["yesterday", "Sun, 06 Nov 1994 08:49:37 KST", "Sun, 6 Nov 1994 08:49:37 GMT"] {
            #expect(HTTPRules.seconds(ofDate: text) == nil, "\(text)")
        }
    }

    @Test(
        "Base64",
        arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("user:pass", "dXNlcjpwYXNz")]
    )
    func base64(text: String, code: String) {
        #expect(Base64.encode(Array(text.utf8)) == code)
    }
}
