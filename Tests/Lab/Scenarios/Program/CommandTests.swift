import LabNetwork
import TestSupport
import Testing

extension LabTests {
    @Suite("the lab's command line")
    struct CommandTests {
        @Test(
            "nonsense is told before anything starts, and so is help",
            arguments: [
                (["numbers", "--cuts", "x"], 64, "--cuts"), (["numbers", "--cuts", "-3"], 64, "--cuts"),
                (["numbers", "--cuts", "0"], 64, "--cuts"), (["shell", "now"], 64, "now"), (["--help"], 0, "numbers"),
                (["numbers", "--help"], 0, "--cuts"),
            ]
        )
        func arguments(given: [String], status: Int32, text: String) throws {
            let end = try Shell.finish([try BuiltProgram.path(of: "lab")] + given)
            #expect(end.status == status && (end.output + end.errors).contains(text), "\(end)")
        }

        @Test(
            "a share of more than one, or of nothing that is a number, harms no wire",
            arguments: ["2", "nan", "-0.1", "x"]
        )
        func shares(share: String) throws {
            guard labIsPossible() else { return }
            let lab = try SharedLab.whole().lab
            #expect(throws: (any Error).self) { try lab.wires.set("er1", .both, ["loss=\(share)"]) }
        }
    }
}
