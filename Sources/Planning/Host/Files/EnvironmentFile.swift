/// `/etc/environment` as pam_env(8) reads it: `NAME=VALUE` a line, `#` begins a comment, an `export` in front is passed over,
/// quotes around the value are taken off; the last of a name counts.
struct EnvironmentFile: Equatable, Sendable {
    private(set) var settings: [Setting] = []
    private(set) var oddities: [Oddity] = []

    init(_ text: String, file: String) {
        for (number, whole) in text.numberedLines {
            read(whole, file: file, number: number)
        }
    }

    private mutating func read(_ whole: String, file: String, number: Int) {
        let place = "\(file):\(number)"
        var line = whole.trimmed
        guard !line.isEmpty, !line.hasPrefix("#") else { return }
        if whole.utf8.last == UInt8(ascii: "\r") {
            oddities.append(Oddity(message: "the line ends with a carriage return, as on Windows", place: place))
        }
        for word in ["export ", "export\t"] where line.hasPrefix(word) { line = line.dropFirst(word.count).trimmed }
        guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
            oddities.append(Oddity(message: "the line is no NAME=VALUE", place: place))
            return
        }
        let name = String(line[..<equals])
        guard name.allSatisfy({ $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            oddities.append(
                Oddity(message: "'\(name)' is no name of a variable; spaces around '=' are not allowed", place: place)
            )
            return
        }
        var value = String(line[line.index(after: equals)...])
        if value.first == " " {
            oddities.append(Oddity(message: "the value of \(name) begins with a space", place: place))
        }
        let quotes: [Character] = ["\"", "'"]
        if let quote = value.first, quotes.contains(quote) {
            if value.count > 1, value.last == quote {
                value = String(value.dropFirst().dropLast())
            } else {
                oddities.append(Oddity(message: "the quote before the value of \(name) is not closed", place: place))
                value.removeFirst()
            }
        }
        if let first = settings.last(named: name) {
            oddities.append(
                Oddity(message: "\(name) stands already in line \(first.line); the last counts", place: place)
            )
        }
        settings.append(Setting(name: name, value: value, file: file, line: number))
    }
}
