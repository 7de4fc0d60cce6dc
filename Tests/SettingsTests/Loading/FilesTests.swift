import Glibc
import Model
import Settings
import TestSupport
import Testing

@Suite("reading files")
struct FilesTests {
    @Test("a file that is not there, and a folder, are told plainly")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let missing = load(path: "\(folder.path)/none.yml", folder: folder.path, environment: [:], host: TestHost())
        #expect(
            missing.lines == [
                "none.yml:1:1: error: the configuration cannot be read: there is no such file; allowed: a readable YAML file"
            ]
        )
        try folder.write("x.yml", "include: [.]\n")
        let directory = load(path: "\(folder.path)/x.yml", folder: folder.path, environment: [:], host: TestHost())
        #expect(directory.errors.count == 1)
        #expect(directory.errors.first?.contains("it is a directory") == true, "\(directory.lines)")
    }

    @Test("a file that never ends is given up at 16 MiB")
    func endless() {
        let loaded = load(path: "/dev/zero", folder: "", environment: [:], host: TestHost())
        #expect(loaded.errors.count == 1)
        #expect(loaded.errors.first?.contains("larger than 16 MiB") == true, "\(loaded.lines)")
    }

    @Test(
        "an empty file, and one of comments alone, is valid and probes nothing",
        arguments: ["", "\n", "# nothing\n", "---\n", "{}\n", "~\n"]
    )
    func empty(text: String) throws {
        let configuration = try load(text).configuration()
        #expect(configuration.links.isEmpty && configuration.probes.isEmpty && configuration.topology.paths.isEmpty)
        #expect(configuration.site.name == "test-host" && configuration.site.vantage == "test-host")
        #expect(configuration.defaults == ProbeDefaults())
        #expect(configuration.presentSections.isEmpty)
        #expect(configuration.alerting == AlertingSettings())
    }

    @Test("a byte order mark and CRLF are no mistakes")
    func windows() throws {
        let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array("site:\r\n  name: seoul\r\n".utf8)
        #expect(try load(bytes: bytes).configuration().site.name == "seoul")
    }

    @Test("relative paths start at the folder of the file that names them")
    func relative() throws {
        let loaded = Sample.full()
        let configuration = try loaded.configuration()
        #expect(configuration.server.webConfig == "\(Sample.fullFolder)/web.yml")
        #expect(configuration.server.modules == "/etc/netprobe/blackbox.yml")
        #expect(configuration.sources == ["full.yml", "more.yml", "links.csv"].map { "\(Sample.fullFolder)/\($0)" })
    }
}
