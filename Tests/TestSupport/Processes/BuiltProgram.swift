import Glibc

/// A program of this package, built beside the tests.
public enum BuiltProgram {
    public struct NotBuilt: Error, CustomStringConvertible {
        public let description: String
    }

    public static func path(of name: String) throws -> String {
        let candidates = (foldersOfTests() + ["\(Repository.root)/.build/debug"]).map { "\($0)/\(name)" }
        guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw NotBuilt(description: "no \(name) in \(candidates): swift build")
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
