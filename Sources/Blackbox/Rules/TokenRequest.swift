public import Model

/// What an authorization server is asked for a token with (RFC 6749 §4.4.2). Pure.
public struct TokenRequest: Sendable, Equatable {
    /// Where the client's credentials stand (RFC 6749 §2.3.1).
    public enum Style: Sendable, CaseIterable {
        /// In `Authorization`, as Basic: every server must take that.
        case field
        /// Among the parameters: some take nothing else.
        case parameters
    }

    public struct Mistake: Error, Equatable {
        public var message: String
    }

    /// Of `Authorization`; nil where the credentials stand in the body.
    public var authorization: Secret?
    /// `application/x-www-form-urlencoded`.
    public var body: Secret

    /// - Throws: a parameter that the module names and that is not its own.
    public init(_ module: OAuth2Module, secret: String, style: Style) throws(Mistake) {
        var parameters = ["grant_type": "client_credentials"]
        if !module.scopes.isEmpty { parameters["scope"] = module.scopes.joined(separator: " ") }
        for (name, value) in module.parameters {
            guard parameters[name] == nil || name == "grant_type" else {
                throw Mistake(message: "endpoint_params cannot overwrite \(ProbeText.quoted(name))")
            }
            parameters[name] = value.reveal()
        }
        switch style {
        case .field:
            let pair = "\(Self.encoded(module.clientID)):\(Self.encoded(secret))"
            authorization = Secret("Basic " + Base64.encode(Array(pair.utf8)))
        case .parameters:
            parameters["client_id"] = module.clientID
            parameters["client_secret"] = secret
        }
        let pairs = parameters.sorted { $0.key < $1.key }
        body = Secret(pairs.map { "\(Self.encoded($0.key))=\(Self.encoded($0.value))" }.joined(separator: "&"))
    }

    /// As forms have it (RFC 6749 appendix B).
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case UInt8(ascii: " "): bytes.append(UInt8(ascii: "+"))
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
