public import Model

/// Whether the answer of a web server is what a module wants. Pure.
public enum HTTPRules {
    /// Why it is not, for the log.
    public struct Objection: Sendable, Equatable {
        public var message: String
        public var detail: String

        init(_ message: String, _ detail: String) {
            self.message = message
            self.detail = detail
        }
    }

    public static func isGood(status: Int, _ module: HTTPModule) -> Bool {
        module.validStatuses.isEmpty ? (200...299).contains(status) : module.validStatuses.contains(status)
    }

    public static func objection(to fields: [HTTPResponse.Field], _ module: HTTPModule) -> Objection? {
        for rule in module.failIfHeaderMatches {
            let values = values(of: rule.name, fields)
            if values.isEmpty, !rule.allowsMissing { return Objection("Missing required header", rule.name) }
            if values.contains(where: { rule.expression.matches($0) }) {
                return Objection("Header matched regular expression", "\(rule.name): \(rule.expression.text)")
            }
        }
        for rule in module.failIfHeaderNotMatches {
            let values = values(of: rule.name, fields)
            if values.isEmpty {
                if rule.allowsMissing { continue }
                return Objection("Missing required header", rule.name)
            }
            if !values.contains(where: { rule.expression.matches($0) }) {
                return Objection("Header did not match regular expression", "\(rule.name): \(rule.expression.text)")
            }
        }
        return nil
    }

    public static func objection(to body: [UInt8], _ module: HTTPModule) -> Objection? {
        if let rule = module.failIfBodyMatches.first(where: { $0.matches(body) }) {
            return Objection("Body matched regular expression", rule.text)
        }
        if let rule = module.failIfBodyNotMatches.first(where: { !$0.matches(body) }) {
            return Objection("Body did not match regular expression", rule.text)
        }
        return nil
    }

    private static func values(of name: String, _ fields: [HTTPResponse.Field]) -> [String] {
        let wanted = name.lowercased()
        return fields.filter { $0.name.lowercased() == wanted }.map(\.value)
    }

    /// `HTTP/1.1`, as modules name versions.
    public static func protocolName(_ version: String) -> String {
        "HTTP/" + (version.contains(".") ? version : version + ".0")
    }

    private static let weekdays: Set<Substring> = [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]

    /// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994` as `Sun, 06 Nov 1994 08:49:37 GMT`. Two digits of a
    /// year below 69 are of this century, as Go has it.
    private static func preferredForm(_ parts: [Substring]) -> [Substring] {
        if parts.count == 5 { return [parts[0], parts[2], parts[1], parts[4], parts[3], "GMT"] }
        guard parts.count == 4, weekdays.contains(parts[0].dropLast()) else { return parts }
        let date = parts[1].split(separator: "-")
        guard date.count == 3, date[2].utf8.count == 2, let year = Int(date[2]) else { return parts }
        return [parts[0], date[0], date[1], Substring("\(year + (year < 69 ? 2000 : 1900))"), parts[2], parts[3]]
    }

    /// Seconds since 1970 of a date in one of the three forms of RFC 9110 §5.6.7; nil for another text.
    public static func seconds(ofDate text: String) -> Int64? {
        let written = text.split(separator: " ")
        let parts = preferredForm(written)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, let day = Int64(parts[1]), let month = months.firstIndex(of: String(parts[2])),
            let year = Int64(parts[3]), (1...9999).contains(year), (1...31).contains(day)
        else { return nil }
        // The preferred form is in GMT, with two digits of the day; another zone is no date for Go either.
        guard written.count != 6 || parts[5] == "GMT" && parts[1].utf8.count == 2 else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, clock.allSatisfy({ (0...60).contains($0) }) else { return nil }
        let marchYear = month < 2 ? year - 1 : year
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * ((Int64(month) + 10) % 12) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }
}
