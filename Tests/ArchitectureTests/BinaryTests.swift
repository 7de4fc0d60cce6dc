import TestSupport
import Testing

@Suite("the binary", .onOwnThread)
struct BinaryTests {
    /// What a dependency or the toolchain brings although we import nothing of it: the small half of Foundation. It goes
    /// into the binary of a static build.
    private static let forced: Set<String> = ["libFoundationEssentials.so"]

    @Test("it is linked with no part of Foundation but the one that a dependency forces, and not with ICU")
    func foundation() throws {
        let libraries = try Shell.run("ldd", try NetprobeBinary.path()).split(separator: "\n").compactMap { line in
            line.split(whereSeparator: \.isWhitespace).first.map(String.init)
        }
        #expect(libraries.contains { $0.hasPrefix("libre2") }, "ldd lists libraries: \(libraries)")
        let foundation = libraries.filter { $0.hasPrefix("libFoundation") || $0.contains("icu") }
        #expect(Set(foundation).isSubset(of: Self.forced))
    }
}
