import Glibc
import Sockets
import TestSupport
import Testing

@Suite("Reverse-path filtering")
struct ReversePathFilterTests {
    @Test(
        "the stricter number of 'all' and the interface holds",
        arguments: [
            (.off, .strict, .strict), (.strict, .off, .strict), (.loose, .strict, .loose), (.off, .off, .off),
        ] as [(ReversePathFilter, ReversePathFilter, ReversePathFilter)]
    )
    func effective(all: ReversePathFilter, own: ReversePathFilter, expected: ReversePathFilter) {
        #expect(ReversePathFilter.effective(all: all, interface: own) == expected)
    }

    @Test("each interface is read; a strange value or name is left out")
    func read() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for (name, text) in [("all", "0\n"), ("eth0", "1\n"), ("eth0.100", "2\n"), ("odd", "seven\n")] {
            try #require(mkdir("\(folder.path)/\(name)", 0o700) == 0)
            try folder.write("\(name)/rp_filter", text)
        }
        let names = ["eth0", "eth0.100", "odd", "gone", "../eth0"]
        let filters = ReversePathFilter.read(interfaces: names, directory: folder.path)
        #expect(filters == ["eth0": .strict, "eth0.100": .loose])
    }
}
