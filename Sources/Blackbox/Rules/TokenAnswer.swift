public import Model

/// What an authorization server answers (RFC 6749 §5). Pure.
public enum TokenAnswer {
    public struct Mistake: Error, Equatable {
        public var message: String
    }

    /// The value that `Authorization` gets by an answer, whose status was a good one.
    /// - Parameter contentType: of its field; some answer with a form, all others with JSON.
    /// - Throws: when there is no token in it. The message quotes nothing of the answer.
    public static func authorization(contentType: String?, body: [UInt8]) throws(Mistake) -> Secret {
        let found = isForm(contentType) ? form(body) : try json(body)
        guard let token = found["access_token"], !token.isEmpty else {
            throw Mistake(message: "the answer has no access_token")
        }
        let type = typeName(found["token_type"] ?? "")
        guard (type + token).utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw Mistake(message: "the answer's access_token cannot stand in a field")
        }
        return Secret("\(type) \(token)")
    }

    /// The code of an error, where it is one of RFC 6749 §5.2: nothing else of an answer is fit to be shown.
    public static func errorCode(contentType: String?, body: [UInt8]) -> String? {
        let found = isForm(contentType) ? form(body) : (try? json(body)) ?? [:]
        return found["error"].flatMap { codes.contains($0) ? $0 : nil }
    }

    private static let codes: Set = [
        "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
        "invalid_scope",
    ]

    /// As Go writes the usual ones, whatever the server's spelling.
    private static func typeName(_ type: String) -> String {
        switch type.lowercased() {
        case "", "bearer": "Bearer"
        case "mac": "MAC"
        case "basic": "Basic"
        default: type
        }
    }

    private static func isForm(_ contentType: String?) -> Bool {
        let type = (contentType ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        return type == "application/x-www-form-urlencoded" || type == "text/plain"
    }

    private static func form(_ body: [UInt8]) -> [String: String] {
        var found: [String: String] = [:]
        for pair in String(decoding: body, as: UTF8.self).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let texts = parts.map { String($0.map { $0 == "+" ? " " : $0 }).percentDecoded }
            guard let name = texts.first, found[name] == nil else { continue }
            found[name] = texts.count > 1 ? texts[1] : ""
        }
        return found
    }

    private static func json(_ body: [UInt8]) throws(Mistake) -> [String: String] {
        guard let members = (try? JSONValue(parsing: body))?.asObject else {
            throw Mistake(message: "the answer is no JSON object")
        }
        var found: [String: String] = [:]
        for (name, value) in members { found[name] = value.asString }
        return found
    }
}
