/// A small reader of both text formats, written from the specification and apart from the writer.
struct TextFormatReader {
    struct Sample: Equatable {
        var name: String
        var labels: [[String]]
        var value: String
    }

    struct Malformed: Error { var line: String }

    var types: [String: String] = [:]
    var helps: [String: String] = [:]
    var units: [String: String] = [:]
    var samples: [Sample] = []
    var endsWithEOF = false

    init(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.unicodeScalars.last == "\n" else { throw Malformed(line: "no line end at the end") }
        for line in text.unicodeScalars.split(separator: "\n").map({ String($0) }) {
            guard !endsWithEOF else { throw Malformed(line: line) }
            if line == "# EOF" {
                endsWithEOF = true
            } else if line.hasPrefix("# ") {
                try readComment(line)
            } else {
                samples.append(try Self.sample(line))
            }
        }
    }

    private mutating func readComment(_ line: String) throws {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4 else { throw Malformed(line: line) }
        let name = words[2]
        switch words[1] {
        case "TYPE" where types[name] == nil: types[name] = words[3]
        case "HELP" where helps[name] == nil: helps[name] = words[3]
        case "UNIT" where units[name] == nil: units[name] = words[3]
        default: throw Malformed(line: line)
        }
    }

    private static func sample(_ line: String) throws -> Sample {
        var scalars = Array(line.unicodeScalars)[...]
        let name = take(&scalars) { $0 != "{" && $0 != " " }
        var labels: [[String]] = []
        if scalars.first == "{" {
            scalars.removeFirst()
            while scalars.first != "}" {
                let label = take(&scalars) { $0 != "=" }
                guard scalars.popFirst() == "=", scalars.popFirst() == "\"" else { throw Malformed(line: line) }
                labels.append([label, try labelValue(&scalars, line)])
                if scalars.first == "," { scalars.removeFirst() }
            }
            scalars.removeFirst()
        }
        guard scalars.popFirst() == " ", !scalars.isEmpty, !scalars.contains(" ") else { throw Malformed(line: line) }
        return Sample(name: name, labels: labels, value: take(&scalars) { _ in true })
    }

    private static func labelValue(_ scalars: inout ArraySlice<Unicode.Scalar>, _ line: String) throws -> String {
        var value = String.UnicodeScalarView()
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"": return String(value)
            case "\\":
                switch scalars.popFirst() {
                case "n": value.append("\n")
                case "\"": value.append("\"")
                case "\\": value.append("\\")
                default: throw Malformed(line: line)
                }
            default: value.append(scalar)
            }
        }
        throw Malformed(line: line)
    }

    private static func take(
        _ scalars: inout ArraySlice<Unicode.Scalar>,
        while condition: (Unicode.Scalar) -> Bool
    ) -> String {
        var text = String.UnicodeScalarView()
        while let scalar = scalars.first, condition(scalar) {
            text.append(scalar)
            scalars.removeFirst()
        }
        return String(text)
    }

    func value(_ name: String, _ labels: [[String]] = []) -> String? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }
}
