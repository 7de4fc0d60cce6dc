import Logging
import Model
import Testing

@testable import Service

@Suite("The log's lines")
struct PlainLogHandlerTests {
    private let time = WallTime(nanoseconds: 1_796_000_000_250_000_000)

    private func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        PlainLogHandler.line(at: time, level: .warning, message: message, metadata: metadata)
    }

    @Test("a line is time in UTC, level, sentence, then metadata in the order of its keys")
    func shape() {
        #expect(line("all is well", ["b": "2", "a": "1"]) == "2026-11-30T00:53:20.250Z warning: all is well a=1 b=2")
    }

    @Test(
        "nothing from outside forges a line or moves the cursor",
        arguments: ["\n", "\r", "\r\n", "\t", "\0", "\u{1B}[2J", "\u{7F}", "\u{85}", "\u{9B}", "\u{2028}", "\u{2029}"]
    )
    func forgery(character: String) {
        let text = line("a\(character)2026-11-30T00:53:20.250Z error: b", ["key": "c\(character)d"])
        for scalar in text.unicodeScalars {
            #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
            #expect(scalar.value != 0x2028 && scalar.value != 0x2029)
        }
        #expect(text.hasPrefix("2026-11-30T00:53:20.250Z warning: a "))
    }

    @Test("other scripts stay as they are")
    func unicode() {
        #expect(line("서울 é 🚦").hasSuffix("서울 é 🚦"))
    }

    @Test("metadata of the logger and of the call are both kept; the call's wins")
    func metadata() {
        var handler = PlainLogHandler(level: .notice)
        handler[metadataKey: "part"] = "web"
        #expect(handler[metadataKey: "part"] == "web" && handler.logLevel == .notice)
    }
}
