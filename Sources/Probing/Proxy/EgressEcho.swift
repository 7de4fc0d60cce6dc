public import Wire

/// What an echo says of the address that asked it: the first address in its text, alone, in JSON or in a sentence. Pure.
public enum EgressEcho {
    /// - Returns: nil where the text holds none.
    public static func address(in body: [UInt8]) -> IPAddress? {
        let text = String(decoding: body.prefix(4096), as: UTF8.self)
        let words = text.split { !($0.isHexDigit || $0 == "." || $0 == ":") }
        return words.lazy.compactMap { word in
            // The end of a sentence, or the colon of a key.
            IPAddress(word) ?? IPAddress(word.drop { $0 == ":" || $0 == "." }.trimmedEnd)
        }.first
    }
}

extension Substring {
    fileprivate var trimmedEnd: Substring {
        var text = self
        while text.last == "." || text.last == ":" { text = text.dropLast() }
        return text
    }
}
