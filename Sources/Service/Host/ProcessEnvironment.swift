import Glibc
import Sockets

/// What the process was started with.
public enum ProcessEnvironment {
    /// The arguments behind the program's name.
    public static var arguments: [String] { ProcessArguments.all }

    /// The terminal, if there is one, takes text and nothing else: no colour, no place of the cursor. So it is taken to be where
    /// nobody says what it is.
    public static var hasDumbTerminal: Bool {
        let name = getenv("TERM").map { String(cString: $0) } ?? ""
        return name.isEmpty || name == "dumb"
    }

    public static func read() -> [String: String] {
        var values: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return values
    }
}
