import Glibc
import TestSupport
import Testing

extension LabTests {
    @Suite("the lab itself")
    struct CleanUpTests {
        @Test("killed in the middle, scripts/lab leaves no process, no namespace and no file")
        func killed() throws {
            guard labIsPossible(), Requirement.met(.program("unshare", package: "util-linux")) else { return }
            let before = try Self.leftovers()
            let run = try Subprocess(
                ["\(Repository.root)/scripts/lab", "numbers"],
                environment: ["LAB_BINARY": try BuiltProgram.path(of: "lab")]
            )
            defer { run.destroy() }
            try eventually("its routers run", within: .seconds(30), every: .milliseconds(100)) { () throws -> Bool? in
                if let ending = run.ending { throw Watch.Failed(description: "\(ending): \(run.output)\(run.errors)") }
                return try Self.count("bgpd") >= Self.count("bgpd", in: before) + 3 ? true : nil
            }
            run.signal(SIGKILL)
            try run.waitForEnd()
            try eventually("all of it is gone", within: .seconds(10), every: .milliseconds(100)) { () throws -> Bool? in
                try Self.leftovers() == before ? true : nil
            }
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
