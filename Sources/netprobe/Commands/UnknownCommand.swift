import Document
import Model

/// A first word that is no command, and what may have been meant.
struct UnknownCommand {
    let lines: [String]

    /// Nil when the first word is a command or an option.
    init?(arguments: [String], names: [String]) {
        let first = arguments.first == "help" ? arguments.dropFirst().first : arguments.first
        guard let word = first, !word.hasPrefix("-"), !names.contains(word), word != "help" else { return nil }
        var said = "netprobe: there is no command '\(word)'"
        if let near = Suggestion.nearest(to: word, among: names) {
            said += "; did you mean '\(near)'?"
        } else if Self.isTarget(word) {
            said += "; to test a target: netprobe path \(word), or netprobe probe \(word)"
        }
        lines = [said, "Commands: \(names.joined(separator: ", ")). See 'netprobe --help'."]
    }

    private static func isTarget(_ word: String) -> Bool {
        (word.contains(".") || word.contains(":")) && (try? Target(parsing: word)) != nil
    }
}
