import Model
import Testing

@testable import Probing

@Suite("a proxy's URL")
struct ProxyServerTests {
    @Test(
        "gives host and port",
        arguments: [
            ("http://10.0.0.5:8080", "10.0.0.5", 8080), ("http://proxy", "proxy", 3128),
            ("http://[2001:db8::1]:3128", "2001:db8::1", 3128),
            ("http://[2001:db8::1]", "2001:db8::1", 3128), ("HTTP://proxy:80", "proxy", 80),
        ] as [(String, String, UInt16)]
    )
    func parts(url: String, host: String, port: UInt16) throws {
        let proxy = try ProxyServer(url: url)
        #expect(proxy.host == host && proxy.port == port && proxy.credentials == nil)
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
