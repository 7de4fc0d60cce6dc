import Testing

@testable import Planning

@Suite("proxy settings of a host")
struct ProxyChecksTests {
    private static let dropIn = "/etc/systemd/system/walinuxagent.service.d/http-proxy.conf"
    private static let proxy = "http://10.0.0.5:3128"
    private static let exclusions = "no_proxy=168.63.129.16,169.254.169.254"
    private static let environment = "http_proxy=\(proxy)\nhttps_proxy=\(proxy)\n\(exclusions)\n"
    private static let unit = "[Service]\nEnvironment=http_proxy=\(proxy) https_proxy=\(proxy) \(exclusions)\n"
    private static let agent = "HttpProxy.Host=10.0.0.5\nHttpProxy.Port=3128\n"

    /// All three places as they should be, but for what is given.
    private func host(_ environment: String = environment, _ agent: String = agent, _ unit: String = unit) -> HostFiles
    {
        .azure(["/etc/environment": environment, "/etc/waagent.conf": agent, Self.dropIn: unit])
    }

    @Test("all places name the same proxy: nothing to say")
    func good() {
        #expect(host().proxyProblems == [])
    }

    @Test("a host without any proxy is not judged by these rules")
    func none() {
        let problems = HostFiles.azure().proxyProblems
        #expect(problems.count == 5 && problems.allSatisfy { $0.hasPrefix("unknown ") })
    }

    @Test("only http_proxy, though backup speaks HTTPS: fails (BKP-20)")
    func httpOnly() {
        let problems = host("http_proxy=\(Self.proxy)\n\(Self.exclusions)\n").proxyProblems
        #expect(
            problems == [
                "fail BKP-20 /etc/environment:1: only http_proxy is set, and backup speaks HTTPS: it goes directly"
            ]
        )
    }

    @Test(
        "what the agent passes over without a word fails",
        arguments: [
            ("10.0.0.5:3128", "https_proxy has no scheme: the agent reads no host in it and goes directly"),
            ("http://10.0.0.5/", "https_proxy has no port: the agent wants both host and port and goes directly"),
            ("http://:3128", "host or port of https_proxy is wrong"),
            ("http://10.0.0.5:99999", "host or port of https_proxy is wrong"),
            ("socks5://10.0.0.5:1080", "https_proxy begins with socks5://; a proxy's URL begins with http://"),
            (
                "http://user:hunter2@10.0.0.5",
                "https_proxy has no port: the agent wants both host and port and goes directly"
            ),
        ]
    )
    func malformed(url: String, message: String) {
        let problems = host("http_proxy=\(Self.proxy)\nhttps_proxy=\(url)\n\(Self.exclusions)\n").proxyProblems
        #expect(problems == ["fail BKP-20 /etc/environment:2: \(message)"])
        #expect(!problems.joined().contains("hunter2"))
    }

    @Test(
        "the agent's own settings: host and port, or neither",
        arguments: [
            (
                "HttpProxy.Host=10.0.0.5\n",
                "fail BKP-21 /etc/waagent.conf:1: HttpProxy.Host without HttpProxy.Port: the agent goes directly"
            ),
            (
                "\nHttpProxy.Port=3128\n",
                "fail BKP-21 /etc/waagent.conf:2: HttpProxy.Port without HttpProxy.Host: it is not used"
            ),
            (
                "HttpProxy.Host=10.0.0.5\nHttpProxy.Port=http\n",
                "fail BKP-21 /etc/waagent.conf:2: HttpProxy.Port is no port"
            ),
            (
                "HttpProxy.Host=http://10.0.0.5\nHttpProxy.Port=3128\n",
                "fail BKP-21 /etc/waagent.conf:1: HttpProxy.Host is a name or an IPv4 address, without scheme, user and port"
            ),
        ]
    )
    func agentSettings(text: String, problem: String) {
        #expect(host(Self.environment, text).proxyProblems.contains(problem))
    }

    @Test("without HttpProxy the agent takes its unit's environment, and without that it goes directly")
    func agentFallsBack() {
        #expect(host(Self.environment, "").proxyProblems == [])
        let problems = host(Self.environment, "", "").proxyProblems
        #expect(problems.contains { $0.hasPrefix("fail BKP-21") })
        #expect(problems.contains { $0.hasPrefix("warn BKP-13") })
    }

    @Test("places that name different proxies fail (BKP-22); case is no difference")
    func disagreement() {
        let agent = "HttpProxy.Host=10.0.0.6\nHttpProxy.Port=3128\n"
        #expect(
            host(Self.environment, agent).proxyProblems == [
                "fail BKP-22 /etc/waagent.conf:1: HttpProxy.Host is 10.0.0.6:3128, but http_proxy at /etc/environment:1 is 10.0.0.5:3128"
            ]
        )
        let upper =
            "http_proxy=http://Proxy.contoso.com:80\nhttps_proxy=http://proxy.Contoso.com:80\n\(Self.exclusions)\n"
        let named = "HttpProxy.Host=PROXY.contoso.com\nHttpProxy.Port=80\n"
        #expect(host(upper, named, "").proxyProblems.filter { $0.contains("BKP-22") } == [])
    }

    @Test("a user in a URL is told without the password, and warned of: the agent shows no credentials (BKP-24)")
    func credentials() {
        let url = "http://svc:hunter2@10.0.0.5:3128"
        let problems = host("http_proxy=\(url)\nhttps_proxy=\(url)\n\(Self.exclusions)\n").proxyProblems
        #expect(problems.count { $0.hasPrefix("warn BKP-24") } == 2)
        #expect(!problems.joined().contains("hunter2") && !problems.joined().contains("svc"))
    }

    @Test("no_proxy without the platform's addresses, with wildcards, with a bare end")
    func exclusions() {
        let problems = host("http_proxy=\(Self.proxy)\nhttps_proxy=\(Self.proxy)\nno_proxy=*.contoso.com,net\n")
            .proxyProblems
        #expect(
            problems == [
                "warn BKP-20 /etc/environment:3: no_proxy: '*.contoso.com' matches nothing: the agent knows no wildcards; write the end of the name",
                "warn BKP-20 /etc/environment:3: no_proxy: 'net' matches every name that ends with it",
                "warn BKP-20 /etc/environment:3: no_proxy lacks 168.63.129.16 and 169.254.169.254: the platform would be asked through the proxy",
            ]
        )
    }

    @Test(
        "entries that match nothing are told one by one",
        arguments: [
            ("10.0.0.0/33", "network"), ("10.0.0/8", "network"), ("10.0.0.0/8/8", "network"), ("10.0.0.0/", "network"),
            ("168.63.129.16:80", "port"), ("a.contoso.com:443", "port"), ("[fd00::1]:80", "port"),
        ]
    )
    func idle(entry: String, why: String) {
        let found = ExclusionList("168.63.129.16,169.254.169.254,\(entry),10.0.0.0/8,.contoso.com,fd00::1,fd00::/8")
            .misleading
        #expect(found.count == 1 && found.first?.contains("'\(entry)' matches nothing") == true, "\(found)")
        #expect(found.first?.contains(why) == true)
    }

    @Test(
        "no_proxy by the agent's rules",
        arguments: [
            ("168.63.129.16", "168.63.129.16", true), ("168.63.0.0/16", "168.63.129.16", true),
            ("168.63.129.1", "168.63.129.16", false), ("0.0.0.0/0", "10.0.0.1", true),
            ("10.0.0.0/33", "10.0.0.1", false),
            (".core.windows.net", "a.blob.core.windows.net", true), ("net", "windows.net", true),
            ("*.windows.net", "a.windows.net", false), ("Contoso.COM", "www.contoso.com", true), ("", "a.b", false),
            (" a.b , c.d ", "c.d", true),
        ] as [(String, String, Bool)]
    )
    func excludes(list: String, host: String, expected: Bool) {
        #expect(ExclusionList(list).excludes(host) == expected)
    }
}
