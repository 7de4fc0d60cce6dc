import Model
import Testing

@testable import Probing

@Suite("Squid's own pages")
struct SquidPageTests {
    private func page(_ fields: [(String, String)], status: Int = 403) -> String? {
        let head = HeadReader.Head(status: status, version: "1.1", fields: fields.map { .init($0.0, $0.1) })
        return SquidPage.error(of: head, port: 3128)
    }

    private let own = [
        ("Server", "squid/5.7"), ("X-Squid-Error", "ERR_ACCESS_DENIED 0"), ("X-Cache", "MISS from edge"),
        ("X-Cache-Lookup", "NONE from edge:3128"), ("Via", "1.1 edge (squid/5.7)"),
    ]

    @Test("its denial is its own")
    func denied() {
        #expect(page(own) == "ERR_ACCESS_DENIED")
        #expect(page(own.filter { !$0.0.hasPrefix("X-Cache") && $0.0 != "Via" }) == "ERR_ACCESS_DENIED")
        let dead = [("Server", "squid"), ("X-Squid-Error", "ERR_CONNECT_FAIL 111")]
        #expect(page(dead, status: 503) == "ERR_CONNECT_FAIL")
    }

    @Test("what it forwards is the service's, also where that stands behind another Squid")
    func forwarded() {
        #expect(page([("Server", "nginx"), ("Via", "1.1 edge (squid/5.7)")]) == nil)
        let reverse = own.filter { $0.0 != "Via" }
        #expect(page(reverse + [("Via", "1.1 web (squid/6.1), 1.1 edge (squid/5.7)")]) == nil)
        #expect(page(reverse + [("Via", "1.1 web (squid/6.1)"), ("Via", "1.1 edge (squid/5.7)")]) == nil)
        #expect(page(own.filter { $0.0 != "X-Cache-Lookup" } + [("X-Cache-Lookup", "NONE from web:80")]) == nil)
        #expect(page(own.filter { $0.0 != "Server" } + [("Server", "nginx")]) == nil)
        #expect(page(own, status: 200) == nil)
    }
}
