public import Model

/// What one `/probe` has to say: its metrics, as a registry of its own would hold them, and its log. Pure.
public struct ProbeReport: Sendable {
    /// A gauge as blackbox_exporter 0.23 names and explains it.
    public struct Gauge: Sendable, Hashable {
        public var name: String
        public var help: String

        public init(_ name: String, _ help: String) {
            self.name = name
            self.help = help
        }
    }

    public struct Label: Sendable, Hashable, Comparable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        public static func < (left: Self, right: Self) -> Bool {
            left.name != right.name ? left.name < right.name : left.value < right.value
        }
    }

    public enum Level: String, Sendable { case debug, info, warn, error }

    private struct Family: Sendable {
        var help: String
        var samples: [[Label]: Double] = [:]
    }

    private var families: [String: Family] = [:]
    private(set) var lines: [String] = []

    /// Lines of the log that are kept: a peer that talks without end fills no memory.
    static let mostLines = 1000
    static let longestValue = 2000

    public init() {}

    /// A gauge without labels, or one of several with them.
    public mutating func set(_ gauge: Gauge, _ value: Double, _ labels: Label...) {
        set(gauge, value, labels)
    }

    public mutating func set(_ gauge: Gauge, _ value: Double, _ labels: [Label]) {
        families[gauge.name, default: Family(help: gauge.help)].samples[labels.sorted()] = value
    }

    /// Adds to a gauge, as phases do over redirects.
    public mutating func add(_ gauge: Gauge, _ value: Double, _ labels: Label...) {
        families[gauge.name, default: Family(help: gauge.help)].samples[labels.sorted(), default: 0] += value
    }

    public func value(_ gauge: Gauge, _ labels: Label...) -> Double? { families[gauge.name]?.samples[labels.sorted()] }

    /// A line of the log in logfmt.
    /// - Parameter pairs: name and value; what is secret is not given here.
    public mutating func note(
        _ level: Level,
        _ message: String,
        _ pairs: KeyValuePairs<String, String> = [:],
        about: [(String, String)],
        at time: WallTime
    ) {
        guard lines.count < Self.mostLines else { return }
        var all: [(String, String)] = [("ts", time.rfc3339), ("caller", "netprobe")] + about
        all += [("level", level.rawValue), ("msg", message)] + pairs.map { ($0, $1) }
        lines.append(all.map { "\($0)=\(Self.logfmt($1))" }.joined(separator: " "))
    }

    private static func logfmt(_ text: String) -> String {
        let cut = text.utf8.count > longestValue ? String(text.prefix(longestValue)) + "…" : text
        let isPlain =
            !cut.isEmpty && cut.unicodeScalars.allSatisfy { $0.value > 32 && $0 != "\"" && $0 != "=" && $0 != "\\" }
        return isPlain ? cut : GoText.quoted(cut)
    }

    // MARK: What is answered

    /// Text format 0.0.4: families by name, samples by label values.
    public var exposition: String {
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.samples.isEmpty {
            text += "# HELP \(name) \(ExpositionText.escaped(family.help, quotes: false))\n# TYPE \(name) gauge\n"
            let samples = family.samples.sorted { left, right in
                left.key.map(\.value).lexicographicallyPrecedes(right.key.map(\.value))
            }
            for (labels, value) in samples {
                let inner = labels.map { "\($0.name)=\"\(ExpositionText.escaped($0.value, quotes: true))\"" }
                text += "\(name)\(inner.isEmpty ? "" : "{\(inner.joined(separator: ","))}") \(GoNumber.text(value))\n"
            }
        }
        return text
    }

    /// What `debug=true` answers.
    /// - Parameter module: its configuration, without secrets.
    public func debugText(module: String) -> String {
        "Logs for the probe:\n" + lines.map { $0 + "\n" }.joined()
            + "\n\n\nMetrics that would have been returned:\n" + exposition
            + "\n\n\nModule configuration:\n" + module
    }
}

enum GoText {
    /// As Go's `%q` does it for text: what cannot be shown is escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if scalar.value < 32 || scalar.value == 127 {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\x" + (digits.count < 2 ? "0" : "") + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}

/// Words as blackbox_exporter writes them.
public enum ProbeText {
    /// As Go's `%q`.
    public static func quoted(_ text: String) -> String { GoText.quoted(text) }

    /// `TLS 1.2` of OpenSSL's `TLSv1.2`.
    public static func tlsVersion(_ version: String?) -> String {
        switch version {
        case "TLSv1": "TLS 1.0"
        case "TLSv1.1": "TLS 1.1"
        case "TLSv1.2": "TLS 1.2"
        case "TLSv1.3": "TLS 1.3"
        default: "unknown"
        }
    }
}
