public import Model

/// The findings of one run, in the order of the checks, with their shapes for people and programs.
public struct FindingReport: Sendable, Equatable {
    /// Of the JSON document.
    static let schema: Int64 = 1

    /// What was judged: `this host`, or a folder.
    public var subject: String
    public var findings: [Finding]

    public init(subject: String, findings: [Finding]) {
        self.subject = subject
        self.findings = findings
    }

    public func count(_ status: Finding.Status) -> Int { findings.count { $0.status == status } }

    /// 0 nothing failed, 1 something did, 2 a warning when `isStrict` (contract §3).
    public func exitStatus(isStrict: Bool) -> Int32 {
        if count(.fail) > 0 { return 1 }
        return isStrict && count(.warn) > 0 ? 2 : 0
    }

    public var json: JSONValue {
        .object([
            ("schema", .integer(Self.schema)), ("subject", .string(subject)),
            (
                "summary",
                .object(Finding.Status.allCases.map { ($0.rawValue, .integer(Int64(count($0)))) })
            ),
            ("findings", .array(findings.map(\.json))),
        ])
    }

    /// One block a finding, the worst first, and a line that counts them.
    /// - Parameters:
    ///   - width: columns of the terminal; longer texts go on in the next line.
    ///   - colour: the status in colour.
    public func text(width: Int, colour: Bool) -> String {
        let order: [Finding.Status] = [.fail, .warn, .unknown, .pass]
        var lines: [String] = []
        for status in order {
            for finding in findings where finding.status == status {
                lines += finding.lines(width: width, colour: colour)
            }
        }
        let counts = order.map { "\(count($0)) \($0.rawValue)" }.joined(separator: ", ")
        return (lines + ["\(subject): \(counts)"]).joined(separator: "\n")
    }
}

extension Finding {
    var json: JSONValue {
        .object([
            ("id", .string(id)), ("status", .string(status.rawValue)), ("message", .string(message)),
            ("place", .optional(place)), ("advice", .optional(advice)),
        ])
    }

    fileprivate func lines(width: Int, colour: Bool) -> [String] {
        let (statusWidth, idWidth) = (8, 16)
        var text = place.map { "\($0): \(message)" } ?? message
        if let advice { text += "; \(advice)" }
        text = text.withoutControls
        let word = status.rawValue + String(repeating: " ", count: statusWidth - status.rawValue.count)
        let name = id + String(repeating: " ", count: max(1, idWidth - id.count))
        let parts = Self.wrapped(text, first: width - statusWidth - idWidth, rest: width - statusWidth)
        return parts.enumerated().map { index, part in
            guard index == 0 else { return String(repeating: " ", count: statusWidth) + part }
            return (colour ? status.colour + word + "\u{1B}[0m" : word) + name + part
        }
    }

    /// Broken at spaces; a word that is too long for a line stays whole.
    private static func wrapped(_ text: String, first: Int, rest: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let room = max(20, lines.isEmpty ? first : rest)
            if line.isEmpty ? word.count > room && lines.isEmpty : line.count + 1 + word.count > room {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " " + word
        }
        return lines + [line]
    }
}

extension String {
    /// What a file holds must not steer a terminal.
    fileprivate var withoutControls: String {
        var result = ""
        for scalar in unicodeScalars {
            let isControl = scalar.value < 32 || (127..<160).contains(scalar.value)
            result +=
                isControl ? "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16) : String(scalar)
        }
        return result
    }
}

extension Finding.Status {
    fileprivate var colour: String {
        switch self {
        case .pass: "\u{1B}[32m"
        case .warn: "\u{1B}[33m"
        case .fail: "\u{1B}[31m"
        case .unknown: "\u{1B}[2m"
        }
    }
}
