import Glibc

/// The program under test: `NETPROBE_BINARY`, else the one built beside the tests.
public enum NetprobeBinary {
    public struct NotBuilt: Error, CustomStringConvertible {
        public let description: String
    }

    public static func path() throws -> String {
        if let set = getenv("NETPROBE_BINARY") { return String(cString: set) }
        let candidates = (foldersOfTests() + ["\(Repository.root)/.build/debug"]).map { $0 + "/netprobe" }
        guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw NotBuilt(description: "no netprobe in \(candidates): swift build, or set NETPROBE_BINARY")
        }
        return found
    }

    /// Where the test program itself lies: its own path and what `swift test` named it by.
    private static func foldersOfTests() -> [String] {
        var named: [String] = []
        let arguments = CommandLine.arguments
        if let option = arguments.firstIndex(of: "--test-bundle-path"), option + 1 < arguments.count {
            named.append(arguments[option + 1])
        }
        named.append(arguments[0])
        return named.map {
            $0.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        }
    }
}
