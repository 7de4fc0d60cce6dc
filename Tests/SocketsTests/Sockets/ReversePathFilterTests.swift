import Testing

@testable import Sockets

@Suite("drops of the reverse-path filter")
struct ReversePathFilterTests {
    @Test("the number stands below its name, among those of its group")
    func column() {
        let text = """
            TcpExt: SyncookiesSent IPReversePathFilter TCPTimeouts
            TcpExt: 7 43 9
            IpExt: InNoRoutes IPReversePathFilter
            IpExt: 1 2

            """
        #expect(ReversePathFilter.drops(in: text) == 43)
    }

    @Test(
        "what has no such name or number says nothing",
        arguments: [
            "", "TcpExt: A B\nTcpExt: 1 2\n", "TcpExt: A IPReversePathFilter\nTcpExt: 1\n",
            "TcpExt: IPReversePathFilter\n",
        ]
    )
    func nothing(text: String) {
        #expect(ReversePathFilter.drops(in: text) == nil)
    }

    @Test("this kernel says it")
    func here() {
        #expect(ReversePathFilter.drops() != nil)
    }
}
