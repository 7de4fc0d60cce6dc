internal import Model

/// Whether an answer is that of Azure Storage: it names its request, and one thing more agrees. Pure.
struct StorageIdentity {
    let requestID: String?
    /// Of the field, else of the body.
    let errorCode: String?
    let date: WallTime?
    private let isServer: Bool
    private let bodyAgrees: Bool
    private let versionIsEchoed: Bool

    init(_ response: HTTPResponse) {
        let body = String(decoding: response.body.prefix(16 << 10), as: UTF8.self)
        let field = response["x-ms-error-code"]
        let code = Self.element("Code", in: body)
        requestID = response["x-ms-request-id"].flatMap { Self.isGUID($0) ? $0 : nil }
        errorCode = field ?? code
        date = response["date"].flatMap(HTTPDate.parse)
        let server = response["server"] ?? ""
        isServer =
            server.hasPrefix("Microsoft-HTTPAPI/2.0")
            || server.hasPrefix("Windows-Azure-") && server.contains("Microsoft-HTTPAPI/2.0")
        let isSameRequest = requestID.map { body.contains("RequestId:\($0)") } ?? false
        bodyAgrees = code != nil && (field == nil || field == code) && isSameRequest
        versionIsEchoed = response["x-ms-version"] != nil
    }

    var isAzure: Bool { requestID != nil && (isServer || bodyAgrees || versionIsEchoed) }

    /// What speaks against it.
    var missing: String {
        requestID == nil ? "no x-ms-request-id of its form" : "no field, server or body that agrees with it"
    }

    /// `60bd0725-701e-00b0-5162-d31413000000`.
    static func isGUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    /// The text of the first element of a name.
    private static func element(_ name: String, in body: String) -> String? {
        guard let start = body.firstRange(of: "<\(name)>") else { return nil }
        let rest = body[start.upperBound...]
        guard let end = rest.firstRange(of: "</\(name)>") else { return nil }
        let text = rest[..<end.lowerBound]
        return text.utf8.count <= 128 && text.allSatisfy { $0.isLetter || $0.isNumber } ? String(text) : nil
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7, the form that must be sent).
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func parse(_ text: String) -> WallTime? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
            let month = months.firstIndex(of: String(parts[2])), (1...31).contains(day), (1970...2261).contains(year)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let seconds = daysSinceEpoch(year, month + 1, day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
        return WallTime(nanoseconds: Int64(seconds) * 1_000_000_000)
    }

    /// Of the Gregorian calendar; a year begins in March, so that the leap day is its last.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
