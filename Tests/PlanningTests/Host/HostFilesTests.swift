import Testing

@testable import Planning

@Suite("files of a host")
struct HostFilesTests {
    private static let file = "/etc/environment"

    @Test("/etc/environment is read as pam_env reads it: export, quotes, comments, the last of a name")
    func environment() {
        let text = """
            # the proxy
            export http_proxy="http://10.0.0.5:3128"
            https_proxy='http://10.0.0.5:3128'
            PATH=/usr/bin:/bin

            http_proxy=http://10.0.0.6:3128
            """
        let file = EnvironmentFile(text, file: Self.file)
        #expect(file.settings.map(\.name) == ["http_proxy", "https_proxy", "PATH", "http_proxy"])
        #expect(file.settings.last(named: "http_proxy")?.value == "http://10.0.0.6:3128")
        #expect(file.settings.last(named: "https_proxy")?.value == "http://10.0.0.5:3128")
        #expect(
            file.oddities == [
                Oddity(message: "http_proxy stands already in line 2; the last counts", place: "\(Self.file):6")
            ]
        )
    }

    @Test(
        "what its reader takes otherwise than it was meant is told with its line",
        arguments: [
            ("http_proxy=http://10.0.0.5:3128\r\n", "the line ends with a carriage return, as on Windows"),
            (
                "http_proxy = http://10.0.0.5:3128",
                "'http_proxy ' is no name of a variable; spaces around '=' are not allowed"
            ),
            ("http_proxy=\"http://10.0.0.5:3128", "the quote before the value of http_proxy is not closed"),
            ("http_proxy", "the line is no NAME=VALUE"),
            ("=x", "the line is no NAME=VALUE"),
        ]
    )
    func oddities(text: String, message: String) {
        #expect(EnvironmentFile(text, file: Self.file).oddities == [Oddity(message: message, place: "\(Self.file):1")])
    }

    @Test("the agent's own file: None is not set, # ends a value, quotes are taken off")
    func agentSettings() {
        let text = """
            #HttpProxy.Host=10.0.0.1
            HttpProxy.Host = "proxy.contoso.com"   # the old one
            HttpProxy.Port=None
            OS.EnableFirewall=y
            """
        let settings = AgentSettings(text, file: "/etc/waagent.conf")
        #expect(settings.value("HttpProxy.Host")?.value == "proxy.contoso.com")
        #expect(settings.value("HttpProxy.Host")?.line == 2)
        #expect(settings.value("HttpProxy.Port") == nil)
        #expect(settings.value("HttpProxy.Password") == nil)
    }

    @Test(
        "the unit's environment: drop-ins by name over the unit, an empty assignment clears, the manager's defaults first"
    )
    func serviceEnvironment() {
        let host = HostFiles.azure([
            "/etc/systemd/system.conf": "[Manager]\nDefaultEnvironment=\"A=from manager\" B=2\n",
            "/etc/systemd/system/walinuxagent.service.d/10-old.conf":
                "[Service]\nEnvironment=http_proxy=http://old:1\n",
            "/etc/systemd/system/walinuxagent.service.d/20-new.conf":
                "[Unit]\nEnvironment=X=ignored\n[Service]\n# new\nEnvironment=\nEnvironment=\"https_proxy=http://10.0.0.5:3128\" \\\n  'C=three words here'\n",
        ])
        let environment = ServiceEnvironment(host)
        #expect(
            environment.settings.map { "\($0.name)=\($0.value)" } == [
                "A=from manager", "B=2", "https_proxy=http://10.0.0.5:3128", "C=three words here",
            ]
        )
        #expect(
            environment.settings.last(named: "https_proxy")?.place
                == "/etc/systemd/system/walinuxagent.service.d/20-new.conf:6"
        )
        #expect(environment.units == ["/usr/lib/systemd/system/walinuxagent.service"])
    }

    @Test("what the unit unsets is not there, wherever it came from, and it takes of the manager's what it names")
    func unset() {
        var host = HostFiles.azure([
            "/etc/systemd/system.conf":
                "[Manager]\nDefaultEnvironment=A=1 B=2\nManagerEnvironment=C=3 D=4 https_proxy=http://m:1\n",
            "/etc/systemd/system/walinuxagent.service.d/10.conf":
                "[Service]\nEnvironment=\"http_proxy=http://10.0.0.5:3128\" E=5 F=6\nPassEnvironment=C https_proxy\nEnvironmentFile=/f\n",
            "/etc/systemd/system/walinuxagent.service.d/20.conf":
                "[Service]\nUnsetEnvironment=X\nUnsetEnvironment=\nUnsetEnvironment=http_proxy A\nUnsetEnvironment=E=5 F=7 G\n",
        ])
        host.files["/f"] = .text("G=7\nH=8\n")
        let settings = ServiceEnvironment(host).settings.map { "\($0.name)=\($0.value)" }
        #expect(settings == ["B=2", "C=3", "https_proxy=http://m:1", "F=6", "H=8"])
    }

    @Test("a file that the unit names is asked for, and its variables come last")
    func environmentFile() {
        var host = HostFiles.azure([
            "/etc/systemd/system/walinuxagent.service.d/p.conf":
                "[Service]\nEnvironmentFile=-/etc/default/proxy\nEnvironment=https_proxy=http://first:1\n"
        ])
        #expect(host.furtherFiles == ["/etc/default/proxy"])
        host.files["/etc/default/proxy"] = .text("https_proxy=http://second:2\n")
        #expect(host.furtherFiles.isEmpty)
        #expect(ServiceEnvironment(host).settings.last(named: "https_proxy")?.value == "http://second:2")
    }

    @Test("hostile files cost nothing but their length")
    func hostile() {
        let texts = [
            "\u{0}\u{0}", "=", "[", "[Service]\nEnvironment=\\\n\\\n\\", "Environment=\"",
            String(repeating: "\\\n", count: 10_000),
        ]
        for text in texts {
            _ = EnvironmentFile(text, file: "f")
            _ = AgentSettings(text, file: "f")
            _ = ServiceEnvironment(.azure(["/etc/systemd/system/walinuxagent.service.d/p.conf": text]))
        }
    }
}
