internal import CRE2

/// A regular expression of RE2's grammar, which is Go's; a match takes time linear in the text, whatever was written.
@safe
public final class RegularExpression: Sendable {
    /// Why a text is no expression.
    public struct Mistake: Error, Equatable {
        public var message: String
    }

    public let text: String
    // RE2 objects do not change after they were made and may be used by many threads (re2.h, "thread-safe").
    nonisolated(unsafe) private let pattern: OpaquePointer

    public init(_ text: String) throws(Mistake) {
        self.text = text
        var error = [CChar](repeating: 0, count: 256)
        let bytes = Array(text.utf8)
        let made = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe cre2_new($0.baseAddress, $0.count, &error, error.count)
            }
        }
        guard let made = unsafe made else {
            throw Mistake(
                message: String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            )
        }
        unsafe pattern = made
    }

    deinit { unsafe cre2_free(pattern) }

    /// What matched: the whole first, then the groups; nil for a group that took no part.
    public struct Match: Equatable {
        public var ranges: [Range<Int>?]
    }

    /// The first match anywhere in the text.
    public func firstMatch(in text: [UInt8]) -> Match? {
        let count = unsafe Int(cre2_groups(pattern)) + 1
        var places = [Int](repeating: -1, count: count * 2)
        let isFound = unsafe text.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe cre2_match(pattern, $0.baseAddress ?? Self.empty, $0.count, &places, Int32(count))
            }
        }
        guard isFound else { return nil }
        let ranges = (0..<count).map { index -> Range<Int>? in
            let (start, end) = (places[2 * index], places[2 * index + 1])
            return start >= 0 && start <= end ? start..<end : nil
        }
        return Match(ranges: ranges)
    }

    public func matches(_ text: [UInt8]) -> Bool {
        unsafe text.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe cre2_match(pattern, $0.baseAddress ?? Self.empty, $0.count, nil, 0)
            }
        }
    }

    public func matches(_ text: String) -> Bool { matches(Array(text.utf8)) }

    /// An empty text has an address all the same. Never freed, never written.
    nonisolated(unsafe) private static let empty = unsafe UnsafePointer(
        UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    )

    /// Puts groups into a template as Go's `Regexp.Expand` does: `$1`, `$name`, `${1}`, `$$`; a name is as long as it can
    /// be, one that nothing has is empty.
    public func expand(_ template: String, _ match: Match, in text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(template.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$") else {
                result.append(byte)
                continue
            }
            if rest.first == UInt8(ascii: "$") {
                rest.removeFirst()
                result.append(byte)
            } else if let name = Self.name(&rest) {
                result += group(name, match, text)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    private static func name(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        let hasBrace = rest.first == UInt8(ascii: "{")
        let inner = hasBrace ? rest.dropFirst() : rest
        let name = inner.prefix {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "_")
        }
        guard !name.isEmpty else { return nil }
        var after = inner.dropFirst(name.count)
        if hasBrace {
            guard after.popFirst() == UInt8(ascii: "}") else { return nil }
        }
        rest = after
        return Array(name)
    }

    private func group(_ name: [UInt8], _ match: Match, _ text: [UInt8]) -> ArraySlice<UInt8> {
        var number = Int(String(decoding: name, as: UTF8.self)).flatMap { $0 < match.ranges.count ? $0 : nil }
        if number == nil, name.first.map({ !(48...57).contains($0) }) == true {
            let found = unsafe name.withUnsafeBufferPointer { buffer in
                unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe cre2_group(pattern, $0.baseAddress, $0.count) }
            }
            number = found > 0 ? Int(found) : nil
        }
        guard let number, let range = match.ranges[number] else { return [] }
        return text[range]
    }
}

extension RegularExpression: Equatable {
    public static func == (left: RegularExpression, right: RegularExpression) -> Bool { left.text == right.text }
}
