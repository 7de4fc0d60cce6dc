/// One challenge of a `WWW-Authenticate` or `Proxy-Authenticate` field (RFC 9110 §11.3).
public struct AuthenticationChallenge: Hashable, Sendable {
    public struct Parameter: Hashable, Sendable {
        /// In lower case.
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// In lower case: `basic`, `digest`, `ntlm`, `negotiate`, or whatever the peer says.
    public var scheme: String
    /// What NTLM and Negotiate carry in place of parameters.
    public var token: String?
    /// In their order; of two with one name the first.
    public var parameters: [Parameter]

    public init(scheme: String, token: String? = nil, parameters: [Parameter] = []) {
        self.scheme = scheme
        self.token = token
        self.parameters = parameters
    }

    public subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    public var realm: String? { self["realm"] }
}

extension AuthenticationChallenge {
    /// Bounds of one field: a peer may send anything.
    static let mostChallenges = 16
    static let mostParameters = 32
    static let longestText = 1024

    /// Every challenge of one field value. One field may hold several, separated by the commas that also separate the
    /// parameters of each (RFC 9110 §11.6.1); what cannot be read is left out, never an error.
    public static func parse(_ field: some Sequence<UInt8>) -> [AuthenticationChallenge] {
        var reader = ChallengeReader(bytes: Array(field))
        return reader.challenges()
    }
}

/// Reads a field from its start to its end; every step consumes a byte or ends.
private struct ChallengeReader {
    let bytes: [UInt8]
    var place = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func challenges() -> [AuthenticationChallenge] {
        var found: [AuthenticationChallenge] = []
        while place < bytes.count {
            skip { $0.isBlank || $0 == UInt8(ascii: ",") }
            guard let scheme = token() else {
                // No scheme begins here: on to the next element.
                skip { $0 != UInt8(ascii: ",") }
                continue
            }
            var challenge = AuthenticationChallenge(scheme: scheme.lowercased())
            readRest(of: &challenge)
            if found.count < AuthenticationChallenge.mostChallenges { found.append(challenge) }
        }
        return found
    }

    private mutating func readRest(of challenge: inout AuthenticationChallenge) {
        guard skip(\.isBlank) else { return }
        if let parameter = parameter() {
            add(parameter, to: &challenge)
        } else {
            challenge.token = token68()
            return
        }
        // After a comma stands the next parameter, or the next challenge.
        while true {
            let before = place
            skip { $0.isBlank || $0 == UInt8(ascii: ",") }
            guard let next = parameter() else {
                place = before
                return
            }
            add(next, to: &challenge)
        }
    }

    private func add(_ parameter: AuthenticationChallenge.Parameter, to challenge: inout AuthenticationChallenge) {
        guard challenge.parameters.count < AuthenticationChallenge.mostParameters, challenge[parameter.name] == nil
        else { return }
        challenge.parameters.append(parameter)
    }

    /// `name BWS = BWS value`; nil, with nothing consumed, where none begins here.
    private mutating func parameter() -> AuthenticationChallenge.Parameter? {
        let before = place
        if let name = token() {
            skip(\.isBlank)
            if take(UInt8(ascii: "=")) {
                skip(\.isBlank)
                if let value = peek == UInt8(ascii: "\"") ? quoted() : token() {
                    return .init(name.lowercased(), value)
                }
            }
        }
        place = before
        return nil
    }

    /// RFC 9110 §5.6.4; an end without the closing quote ends the text too.
    private mutating func quoted() -> String {
        place += 1
        var text: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\"") {
            place += 1
            var character = byte
            if byte == UInt8(ascii: "\\"), let escaped = peek {
                place += 1
                character = escaped
            }
            if text.count < AuthenticationChallenge.longestText { text.append(character) }
        }
        if peek != nil { place += 1 }
        return Self.text(text[...])
    }

    private mutating func token68() -> String? {
        let start = place
        skip(\.isToken68)
        let hasText = place > start
        skip { $0 == UInt8(ascii: "=") }
        let end = place
        skip(\.isBlank)
        guard hasText, peek == nil || peek == UInt8(ascii: ",") else {
            skip { $0 != UInt8(ascii: ",") }
            return nil
        }
        return Self.text(bytes[start..<end].prefix(8 * AuthenticationChallenge.longestText))
    }

    private mutating func token() -> String? {
        let start = place
        skip(\.isTokenCharacter)
        guard place > start else { return nil }
        return Self.text(bytes[start..<place].prefix(AuthenticationChallenge.longestText))
    }

    /// Without control characters, which no one may put into a log through us.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.map { $0 < 32 || $0 == 127 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        place += 1
        return true
    }

    /// Whether at least one was there.
    @discardableResult
    private mutating func skip(_ isSkipped: (UInt8) -> Bool) -> Bool {
        let start = place
        while let byte = peek, isSkipped(byte) { place += 1 }
        return place > start
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }

    private var isLetterOrDigit: Bool {
        (48...57).contains(self) || (65...90).contains(self) || (97...122).contains(self)
    }

    /// RFC 9110 §5.6.2.
    fileprivate var isTokenCharacter: Bool { isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains(self) }

    /// RFC 9110 §11.2, without the padding.
    fileprivate var isToken68: Bool { isLetterOrDigit || "-._~+/".utf8.contains(self) }
}
