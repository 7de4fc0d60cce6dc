import TestSupport
import Testing

@Suite("scripts/install", .onOwnThread)
struct InstallTests {
    @Test("binary, manual, completions and unit land under PREFIX, ready to use")
    func installs() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let result = try Shell.finish(
            ["\(Repository.root)/scripts/install", "/opt/netprobe"],
            environment: ["DESTDIR": folder.path, "NETPROBE_BINARY": try NetprobeBinary.path()]
        )
        #expect(result.status == 0, "\(result.errors)")
        let prefix = "\(folder.path)/opt/netprobe"
        let version = try Shell.run("\(prefix)/bin/netprobe", "--version")
        #expect(version == (try Netprobe.run("--version").output))
        for file in [
            "share/man/man1/netprobe.1", "share/bash-completion/completions/netprobe",
            "share/zsh/site-functions/_netprobe", "share/fish/vendor_completions.d/netprobe.fish",
            "lib/sysusers.d/netprobe.conf",
        ] {
            #expect(try !Repository.bytes(of: "\(prefix)/\(file)").isEmpty, "\(file)")
        }
        let unit = try Shell.run("cat", "\(prefix)/lib/systemd/system/netprobe.service")
        #expect(unit.contains("ExecStart=/opt/netprobe/bin/netprobe serve"))
    }

    @Test("a relative PREFIX and a missing binary are refused with what to do")
    func refuses() throws {
        let script = "\(Repository.root)/scripts/install"
        let relative = try Shell.finish([script, "here"])
        #expect(relative.status == 64)
        #expect(relative.errors.contains("absolute"))
        let unbuilt = try Shell.finish(
            [script, "/nonexistent"],
            environment: ["NETPROBE_BINARY": "/nonexistent/netprobe"]
        )
        #expect(unbuilt.status == 69)
        #expect(unbuilt.errors.contains("make release"))
    }

    @Test("bash understands its completions, and they know every command and option")
    func bash() throws {
        let script = try Netprobe.run("--generate-completion-script", "bash").output
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("netprobe.bash", script)
        let checked = try Shell.finish(["bash", "-c", "source \"$1\" && complete -p netprobe", "-", file])
        #expect(checked.status == 0, "\(checked.errors)")
        for command in try CommandDescription.all() {
            for word in command.options.union([command.name]) { #expect(script.contains(word), "\(word)") }
        }
    }

    @Test("systemd accepts the unit and its exposure is low")
    func unit() throws {
        guard Requirement.met(.program("systemd-analyze", package: "systemd")) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let text = try Repository.text(of: "deploy/systemd/netprobe.service")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            if line.hasPrefix("Documentation=") { return "" }
            return line.hasPrefix("ExecStart=") ? "ExecStart=/bin/true" : String(line)
        }
        let file = try folder.write("netprobe.service", lines.joined(separator: "\n"))
        let verified = try Shell.finish(["systemd-analyze", "verify", file])
        #expect(verified.status == 0 && verified.errors.isEmpty, "\(verified.errors)")
        // In tenths: 2.5 of 10 at most.
        let judged = try Shell.finish(["systemd-analyze", "security", "--offline=true", "--threshold=25", file])
        #expect(judged.status == 0, "\(judged.output.suffix(200))\(judged.errors)")
    }
}
