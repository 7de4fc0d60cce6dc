import Testing

@testable import Service

@Suite("what the live view writes")
struct LiveTerminalTests {
    @Test("what stood in a line is erased before it, so that the last character of a full line stays")
    func screen() {
        #expect(LiveTerminal.screen(["one", "two", "end"]) == "\u{1B}[H\u{1B}[Kone\r\n\u{1B}[Ktwo\r\n\u{1B}[Jend")
        #expect(LiveTerminal.screen([]) == "\u{1B}[H\u{1B}[J")
    }
}
