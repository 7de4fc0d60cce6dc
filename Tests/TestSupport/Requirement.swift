import Glibc
public import Testing

/// What some tests need of the machine. Under `CI=true` a missing one is a failure, elsewhere a notice.
public enum Requirement: Sendable {
    case root
    /// A program on the PATH or a file with its whole path, from Debian's package of that name.
    case program(String, package: String)

    public var isMet: Bool {
        switch self {
        case .root: geteuid() == 0
        case .program(let name, _): Self.path(of: name) != nil
        }
    }

    private var notice: String {
        switch self {
        case .root: "needs root"
        case .program(let name, let package): "needs \(name) (apt-get install \(package))"
        }
    }

    /// False when the test cannot run here; that is recorded as a failure under CI and printed elsewhere.
    public static func met(_ requirements: Requirement..., sourceLocation: SourceLocation = #_sourceLocation) -> Bool {
        let missing = requirements.filter { !$0.isMet }.map(\.notice)
        guard !missing.isEmpty else { return true }
        if getenv("CI") != nil {
            Issue.record("\(missing.joined(separator: ", "))", sourceLocation: sourceLocation)
        } else {
            print("notice: test not run: \(missing.joined(separator: ", "))")
        }
        return false
    }

    /// Where a program is, also in the folders that only root has on its PATH.
    public static func path(of program: String) -> String? {
        if program.hasPrefix("/") { return access(program, R_OK) == 0 ? program : nil }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/bin"]
        return folders.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }
}
