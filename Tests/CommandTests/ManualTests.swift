import TestSupport
import Testing

@Suite("the manual page", .onOwnThread)
struct ManualTests {
    /// The lines of each `.Ss netprobe COMMAND`.
    private static func sections() throws -> [String: [Substring]] {
        var sections: [String: [Substring]] = [:]
        var current: String?
        for line in try Repository.text(of: "docs/netprobe.1").split(separator: "\n") {
            if line.hasPrefix(".Ss netprobe ") {
                current = String(line.dropFirst(".Ss netprobe ".count))
            } else if line.hasPrefix(".Sh") {
                current = nil
            }
            if let current { sections[current, default: []].append(line) }
        }
        return sections
    }

    /// The options that the items of a section explain: `.It Fl Fl max-hops Ar n`, `.It Fl 4 , Fl 6`.
    private static func options(in lines: [Substring]) -> Set<String> {
        var options: Set<String> = []
        for line in lines where line.hasPrefix(".It Fl") {
            let words = line.split(separator: " ").dropFirst()
            var dashes = ""
            for word in words {
                if word == "Fl" {
                    dashes += "-"
                } else {
                    if !dashes.isEmpty { options.insert(dashes + word) }
                    dashes = ""
                }
            }
        }
        return options
    }

    @Test("it explains every command and every option, and no other")
    func complete() throws {
        let sections = try Self.sections()
        let commands = try CommandDescription.all()
        #expect(Set(sections.keys) == Set(commands.map(\.name)))
        for command in commands {
            #expect(Self.options(in: sections[command.name] ?? []) == command.options, "netprobe \(command.name)")
        }
    }

    @Test("it names every exit status of the help")
    func statuses() throws {
        let manual = try Repository.text(of: "docs/netprobe.1")
        let help = try Netprobe.run("--help").output
        for status in ["0", "1", "2", "64", "65", "69", "77"] {
            #expect(help.contains(" \(status) ") || help.contains("\(status)\n"))
            #expect(manual.contains(".It \(status)\n"))
        }
    }
}
