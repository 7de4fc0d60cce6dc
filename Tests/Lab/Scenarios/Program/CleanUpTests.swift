import Glibc
import TestSupport
import Testing

extension LabTests {
    @Suite("the lab itself")
    struct CleanUpTests {
        enum Ending: CaseIterable {
            /// `kill -9` of the command.
            case killed
            /// A plain `kill`, `kill -INT`, or what a closed terminal sends: to the one process.
            case terminated, interrupted, hungUp
            /// Ctrl-C at the terminal, what a service manager does, and a closed terminal: to the whole group.
            case groupInterrupted, groupTerminated, groupHungUp
            /// Its own program fails in the middle.
            case failed
        }

        /// What `scripts/lab` is told to run.
        enum Mode: String, CaseIterable {
            case test, numbers, shell
        }

        /// Labs that come up at the same time, each to be ended in its own way: most of a start is waiting. The shell, which
        /// ends by itself where nobody types, is the first to go.
        private static let batches: [[Case]] = {
            let some: [Ending] = [.terminated, .interrupted, .hungUp, .groupInterrupted]
            let every = Ending.allCases
            return some.indices.map { index in
                [Case(mode: .shell, ending: some[index]), Case(mode: .test, ending: some[index])]
                    + every[(2 * index)..<(2 * index + 2)].map { Case(mode: .numbers, ending: $0) }
            }
        }()

        struct Case: CustomStringConvertible {
            let mode: Mode
            let ending: Ending

            var description: String { "\(mode.rawValue) \(ending)" }
        }

        @Test(
            "whatever ends it in the middle, scripts/lab leaves no process, no namespace and no file",
            arguments: batches
        )
        func ended(_ cases: [Case]) throws {
            guard labIsPossible(), Requirement.met(.program("unshare", package: "util-linux")) else { return }
            let before = try Self.leftovers()
            // `swift test` would wait for the one that runs this test: the lab comes up in its place. A function, since a
            // program of that name would lie where scripts/lab puts its own files.
            let environment = [
                "LAB_BINARY": try BuiltProgram.path(of: "lab"),
                "BASH_FUNC_swift%%": "() { exec \"$LAB_BINARY\" numbers; }",
            ]
            var runs: [(of: Case, process: Subprocess)] = []
            defer { for run in runs { run.process.destroy() } }
            for one in cases {
                // In a process group of its own, as a terminal does it.
                let command = ["setsid", "\(Repository.root)/scripts/lab", one.mode.rawValue]
                runs.append((one, try Subprocess(command, environment: environment)))
            }
            // One after the other, while the others go on.
            for run in runs {
                try eventually("routers of \(run.of) run", within: .seconds(60), every: .milliseconds(100)) {
                    () throws -> Bool? in
                    if let ending = run.process.ending {
                        throw Watch.Failed(description: "\(ending): \(run.process.output)\(run.process.errors)")
                    }
                    return try Self.descendants(of: run.process.pid).count { $0.name == "bgpd" } >= 3 ? true : nil
                }
                let those = try Self.descendants(of: run.process.pid)
                #expect(!those.contains { $0.name.hasPrefix("swift") }, "\(run.of): \(those)")
                try Self.end(run.process, run.of.ending, those)
                try eventually("every process of \(run.of) is gone", within: .seconds(10), every: .milliseconds(100)) {
                    () throws -> Bool? in
                    try Self.living().isDisjoint(with: those.map(\.id)) ? true : nil
                }
            }
            try eventually("all of it is gone", within: .seconds(10), every: .milliseconds(100)) { () throws -> Bool? in
                try Self.leftovers() == before ? true : nil
            }
        }

        private static func end(_ run: Subprocess, _ ending: Ending, _ those: [Process]) throws {
            switch ending {
            case .killed: run.signal(SIGKILL)
            case .terminated: run.signal(SIGTERM)
            case .interrupted: run.signal(SIGINT)
            case .hungUp: run.signal(SIGHUP)
            case .groupInterrupted: kill(-run.pid, SIGINT)
            case .groupTerminated: kill(-run.pid, SIGTERM)
            case .groupHungUp: kill(-run.pid, SIGHUP)
            case .failed: for process in those where process.name == "lab" { kill(process.id, SIGABRT) }
            }
            let end = try run.waitForEnd()
            switch ending {
            case .terminated: #expect(end == .exited(143))
            case .interrupted: #expect(end == .exited(130))
            case .hungUp: #expect(end == .exited(129))
            default: #expect(end != .exited(0))
            }
        }

        struct Process {
            let id: pid_t
            let name: String
        }

        /// The process and what it started, and those started, that live.
        private static func descendants(of root: pid_t) throws -> [Process] {
            let script = "ps -eo pid=,ppid=,stat=,comm= | awk '$3 !~ /^Z/ { print $1, $2, $4 }'"
            var children: [pid_t: [Process]] = [:]
            for line in try Shell.run("sh", "-c", script).split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count == 3, let id = pid_t(words[0]), let parent = pid_t(words[1]) else { continue }
                children[parent, default: []].append(Process(id: id, name: String(words[2])))
            }
            var found = [Process(id: root, name: "")]
            var next = 0
            while next < found.count {
                found += children[found[next].id] ?? []
                next += 1
            }
            return found
        }

        private static func living() throws -> Set<pid_t> {
            let script = "ps -eo pid=,stat= | awk '$2 !~ /^Z/ { print $1 }'"
            return Set(try Shell.run("sh", "-c", script).split(separator: "\n").compactMap { pid_t($0) })
        }

        /// Processes of the lab's kinds that live, network namespaces, and folders of tests.
        private static func leftovers() throws -> [String] {
            let kinds = [
                "bgpd", "zebra", "bfdd", "charon", "labwire", "lab", "netprobe", "prometheus", "prometheus-aler",
                "prometheus-blac", "fping", "dnsmasq",
            ]
            let script = """
                ps -eo stat=,comm= | awk '$1 !~ /^Z/ { print $2 }' | grep -xE '\(kinds.joined(separator: "|"))' | sort
                ip netns list | grep -- -lab- | sort
                # Elsewhere other tests have theirs.
                [ -z "$TMPDIR" ] || ls "$TMPDIR" | sort
                """
            return try Shell.finish(["sh", "-c", script]).output.split(separator: "\n").map(String.init)
        }
    }
}
