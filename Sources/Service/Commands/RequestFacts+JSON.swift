import Model
import Wire

extension ProxyFacts {
    /// The keys of contract §3, then what else is known. A token of NTLM or Negotiate is not shown.
    var json: JSONValue {
        .object([
            ("status", status.map { .integer(Int64($0)) } ?? .null),
            ("rounds", .integer(Int64(rounds))),
            ("challenges", .array(challenges.map(\.json))),
            ("name", .string(name)),
            ("scheme", scheme.map { .string($0) } ?? .null),
        ])
    }
}

extension AuthenticationChallenge {
    fileprivate var json: JSONValue {
        .object([
            ("scheme", .string(scheme)),
            ("realm", realm.map { .string($0) } ?? .null),
            ("parameters", .object(parameters.map { ($0.name, .string($0.value)) })),
        ])
    }
}

extension TLSFacts {
    var json: JSONValue {
        .object([
            ("version", version.map { .string($0) } ?? .null),
            ("cipher", cipher.map { .string($0) } ?? .null),
            ("alpn", alpn.map { .string($0) } ?? .null),
            ("verified", .bool(isVerified)),
            ("verify_error", verifyError.map { .string($0) } ?? .null),
            ("certificates", .array(certificates.map(\.json))),
            ("root", root?.json ?? .null),
        ])
    }
}

extension CertificateFacts {
    fileprivate var json: JSONValue {
        .object([
            ("subject", .string(subject)),
            ("issuer", .string(issuer)),
            ("names", .array(names.map { .string($0) })),
            ("not_before", .string(notBefore.rfc3339)),
            ("not_after", .string(notAfter.rfc3339)),
            ("sha256", .string(fingerprint)),
        ])
    }
}

extension DNSFacts {
    var json: JSONValue {
        .object([
            ("rcode", .string(responseCode)),
            ("transport", .string(transport)),
            (
                "answers",
                .array(
                    answers.map { record in
                        .object([
                            ("name", .string(record.name)), ("type", .string(record.type)),
                            ("ttl", .integer(Int64(record.ttl))), ("value", .string(record.value)),
                        ])
                    }
                )
            ),
        ])
    }
}
