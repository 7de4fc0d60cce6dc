import Testing
import Wire

@Suite("STAMP extensions")
struct STAMPExtensionTests {
    private let base = [UInt8](repeating: 1, count: 44)

    private func walk(_ tail: [UInt8]) -> (found: [STAMPExtension], error: WireError?) {
        let bytes = base + tail
        var found: [STAMPExtension] = []
        var walk = STAMPExtensionWalk()
        do throws(WireError) {
            while let next = try walk.next(in: bytes.span.bytes) { found.append(next) }
            return (found, nil)
        } catch {
            return (found, error)
        }
    }

    @Test("extensions follow each other, with flags, type and value")
    func known() {
        // RFC 8972 §4: flags, type, length, value.
        let (found, error) = walk(hex("80 01 0004 00000000 60 04 0000 00 f0 0001 ff"))
        #expect(error == nil && found.map(\.type) == [1, 4, 0xF0])
        #expect(found.map(\.flags) == [.unrecognized, [.malformed, .integrityFailed], []])
        #expect(found.map(\.value) == [48..<52, 56..<56, 60..<61])
    }

    @Test("padding of zeros reads as empty extensions, its odd rest as cut short")
    func padding() {
        let (found, error) = walk([UInt8](repeating: 0, count: 18))
        #expect(found.count == 4 && found.allSatisfy { $0.type == 0 && $0.value.isEmpty })
        #expect(error == WireError(layer: .stamp, fault: .short(needed: 64, had: 62)))
    }

    @Test("the greatest length is short and ends the walk; without extensions there are none")
    func hostile() {
        #expect(walk(hex("00 01 ffff 00")).error?.fault == .short(needed: 48 + 65535, had: 49))
        #expect(walk([]).found.isEmpty && walk([]).error == nil)
        var empty = STAMPExtensionWalk()
        #expect((try? empty.next(in: RawSpan())) == .some(nil))
        expectNoTrap([hex("80 01 0004 00000000 60 04 0000")]) { walk($0).error }
    }
}
