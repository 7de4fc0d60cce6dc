import TestSupport
import Testing
import Wire

/// One decoder as a function from bytes to an error or nothing.
typealias Decode = ([UInt8]) -> WireError?

/// Every prefix of `bytes` that is shorter than `needed` must be refused as short, every other be read.
func expectPrefixesAreShort(_ bytes: [UInt8], needed: Int? = nil, _ decode: Decode) {
    let needed = needed ?? bytes.count
    for length in 0...bytes.count {
        let failure = decode(Array(bytes[..<length]))
        guard length < needed else {
            #expect(failure == nil, "\(length) of \(bytes.count) bytes")
            continue
        }
        guard case .short(let wanted, let had)? = failure?.fault else {
            Issue.record("\(length) of \(bytes.count) bytes gave \(String(describing: failure))")
            continue
        }
        #expect(wanted > had && had <= length, "\(length) of \(bytes.count) bytes")
    }
}

/// Neither random bytes nor valid ones with some changed may trap.
func expectNoTrap(_ valid: [[UInt8]], rounds: Int = 3000, _ decode: Decode) {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<rounds { _ = decode(generator.bytes(Int(generator.next() % 96))) }
    for bytes in valid {
        for _ in 0..<rounds {
            var changed = bytes
            for _ in 0...generator.next() % 4 {
                changed[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            _ = decode(Array(changed.prefix(Int(generator.next() % UInt64(bytes.count + 1)))))
        }
    }
}
