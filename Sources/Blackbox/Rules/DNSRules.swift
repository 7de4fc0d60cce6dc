public import Wire

/// Whether the answer of a name server is what a module wants. Pure.
public enum DNSRules {
    /// What a rule says of what it saw, for the log; `isGood` is its verdict.
    public struct Finding: Sendable, Equatable {
        public var isGood: Bool
        public var message: String
        public var expression: String?
        public var record: String?

        init(_ isGood: Bool, _ message: String, _ expression: RegularExpression? = nil, _ record: String? = nil) {
            self.isGood = isGood
            self.message = message
            self.expression = expression?.text
            self.record = record
        }
    }

    private static let codes = [
        "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6,
        "YXRRSET": 7, "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10, "BADSIG": 16, "BADVERS": 16, "BADKEY": 17,
        "BADTIME": 18, "BADMODE": 19, "BADNAME": 20, "BADALG": 21, "BADTRUNC": 22, "BADCOOKIE": 23,
    ]

    /// - Parameter valid: nil takes NOERROR alone.
    public static func judge(code: UInt16, valid: [String]?) -> Finding {
        var numbers: [Int] = []
        for name in valid ?? ["NOERROR"] {
            guard let number = codes[name] else { return Finding(false, "Invalid rcode", nil, name) }
            numbers.append(number)
        }
        return numbers.contains(Int(code))
            ? Finding(true, "Rcode is valid") : Finding(false, "Rcode is not one of the valid rcodes")
    }

    /// The rules for one section of the answer, in blackbox_exporter's order. `fail_if_all_match_regexp` fails when not all
    /// match: so it is there, in 0.23 and later.
    public static func judge(_ records: [DNSRecord], _ rules: DNSModule.RecordRules) -> Finding {
        if records.isEmpty, !rules.failIfNotMatches.isEmpty {
            return Finding(false, "fail_if_not_matches_regexp specified but no RRs returned")
        }
        if records.isEmpty, !rules.failIfNoneMatches.isEmpty {
            return Finding(false, "fail_if_none_matches_regexp specified but no RRs returned")
        }
        var (doAllMatch, doesAnyMatch) = (true, false)
        for record in records {
            let text = RecordText.text(record)
            let bytes = Array(text.utf8)
            if let rule = rules.failIfMatches.first(where: { $0.matches(bytes) }) {
                return Finding(false, "At least one RR matched regexp", rule, text)
            }
            if !rules.failIfAllMatch.allSatisfy({ $0.matches(bytes) }) { doAllMatch = false }
            if let rule = rules.failIfNotMatches.first(where: { !$0.matches(bytes) }) {
                return Finding(false, "At least one RR did not match regexp", rule, text)
            }
            if rules.failIfNoneMatches.contains(where: { $0.matches(bytes) }) { doesAnyMatch = true }
        }
        if !rules.failIfAllMatch.isEmpty, !doAllMatch { return Finding(false, "Not all RRs matched regexp") }
        if !rules.failIfNoneMatches.isEmpty, !doesAnyMatch {
            return Finding(false, "None of the RRs did matched any regexp")
        }
        return Finding(true, "RRs are valid")
    }
}
