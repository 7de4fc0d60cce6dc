import Glibc
import TestSupport
import Testing

extension LabTests {
    @Suite("the lab itself")
    struct CleanUpTests {
        enum Ending: CaseIterable {
            /// `kill -9` of the command.
            case killed
            /// A plain `kill`, or `kill -INT`: to the one process.
            case terminated, interrupted
            /// Ctrl-C at the terminal, and what a service manager does: to the whole group.
            case groupInterrupted, groupTerminated
            /// Its own program fails in the middle.
            case failed
        }

        /// What `scripts/lab` is told to run.
        enum Mode: String, CaseIterable {
            case test, numbers, shell
        }

        private static let cases: [(Mode, Ending)] =
            Ending.allCases.map { (.numbers, $0) }
            + [Mode.test, .shell].flatMap { mode in
                [Ending.terminated, .interrupted, .groupInterrupted].map { (mode, $0) }
            }

        @Test(
            "whatever ends it in the middle, scripts/lab leaves no process, no namespace and no file",
            arguments: cases
        )
        func ended(_ mode: Mode, _ ending: Ending) throws {
            guard labIsPossible(), Requirement.met(.program("unshare", package: "util-linux")) else { return }
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            // `swift test` would wait for the one that runs this test: the lab comes up in its place.
            try Shell.run("chmod", "755", try folder.write("swift", "#!/bin/sh\nexec \"$LAB_BINARY\" numbers\n"))
            let path = getenv("PATH").map { String(cString: $0) } ?? ""
            let before = try Self.leftovers()
            let programs = try Self.programs()
            // In a process group of its own, as a terminal does it.
            let run = try Subprocess(
                ["setsid", "\(Repository.root)/scripts/lab", mode.rawValue],
                environment: ["LAB_BINARY": try BuiltProgram.path(of: "lab"), "PATH": "\(folder.path):\(path)"]
            )
            defer { run.destroy() }
            try eventually("its routers run", within: .seconds(30), every: .milliseconds(100)) { () throws -> Bool? in
                if let ending = run.ending { throw Watch.Failed(description: "\(ending): \(run.output)\(run.errors)") }
                return try Self.count("bgpd") >= Self.count("bgpd", in: before) + 3 ? true : nil
            }
            switch ending {
            case .killed: run.signal(SIGKILL)
            case .terminated: run.signal(SIGTERM)
            case .interrupted: run.signal(SIGINT)
            case .groupInterrupted: kill(-run.pid, SIGINT)
            case .groupTerminated: kill(-run.pid, SIGTERM)
            case .failed: for program in try Self.programs().subtracting(programs) { kill(program, SIGABRT) }
            }
            let end = try run.waitForEnd()
            switch ending {
            case .terminated: #expect(end == .exited(143))
            case .interrupted: #expect(end == .exited(130))
            default: #expect(end != .exited(0))
            }
            try eventually("all of it is gone", within: .seconds(10), every: .milliseconds(100)) { () throws -> Bool? in
                try Self.leftovers() == before ? true : nil
            }
        }

        /// Processes `lab` that live.
        private static func programs() throws -> Set<pid_t> {
            let script = "ps -eo pid=,stat=,comm= | awk '$2 !~ /^Z/ && $3 == \"lab\" { print $1 }'"
            return Set(try Shell.run("sh", "-c", script).split(separator: "\n").compactMap { pid_t($0) })
        }

        /// Processes of the lab's kinds that live, network namespaces, and folders of tests.
        private static func leftovers() throws -> [String] {
            let script = """
                ps -eo stat=,comm= | awk '$1 !~ /^Z/ { print $2 }' | grep -xE 'bgpd|zebra|bfdd|charon|labwire|lab' | sort
                ip netns list | grep -- -lab- | sort
                # Elsewhere other tests have theirs.
                [ -z "$TMPDIR" ] || ls "$TMPDIR" | sort
                """
            return try Shell.finish(["sh", "-c", script]).output.split(separator: "\n").map(String.init)
        }

        private static func count(_ program: String, in list: [String]? = nil) throws -> Int {
            try (list ?? leftovers()).count { $0 == program }
        }
    }
}
