import Model
import Testing

@testable import Probing

@Suite("a proxy's URL")
struct ProxyServerTests {
    @Test(
        "gives host, port and kind",
        arguments: [
            ("http://10.0.0.5:8080", "10.0.0.5", 8080, false), ("http://proxy", "proxy", 3128, false),
            ("https://proxy:443/", "proxy", 443, true), ("http://[2001:db8::1]:3128", "2001:db8::1", 3128, false),
            ("http://[2001:db8::1]", "2001:db8::1", 3128, false), ("HTTP://proxy:80", "proxy", 80, false),
        ] as [(String, String, UInt16, Bool)]
    )
    func parts(url: String, host: String, port: UInt16, isTLS: Bool) throws {
        let proxy = try ProxyServer(url: url)
        #expect(proxy.host == host && proxy.port == port && proxy.isTLS == isTLS && proxy.credentials == nil)
    }

    @Test("user and password are taken out of it and shown nowhere")
    func password() throws {
        let proxy = try ProxyServer(url: "http://us%40er:pa%3Ass@proxy:3128")
        #expect(proxy.name == "http://proxy:3128" && proxy.credentials?.username == "us@er")
        guard case .value(let secret)? = proxy.credentials?.password else { return #expect(Bool(false)) }
        #expect(secret.reveal() == "pa:ss" && !"\(proxy)".contains("pa:ss"))
    }

    @Test(
        "what is none is refused without repeating it",
        arguments: ["proxy:3128", "ftp://u:hunter2@p", "http://u:hunter2@p:x"]
    )
    func refused(url: String) throws {
        let error = try #require(throws: TargetError.self) { try ProxyServer(url: url) }
        #expect(!error.description.contains("hunter2"))
    }
}
