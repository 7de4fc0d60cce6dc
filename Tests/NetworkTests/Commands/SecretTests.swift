import Glibc
import TestSupport
import Testing

@Suite("secrets", .onOwnThread)
struct SecretTests {
    @Test("no secret of the configuration reaches a page, a metric, the log, a check or the command line")
    func planted() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let receiver = try AlertReceiver(behaviour: .fail(500))
        defer { receiver.stop() }
        try folder.write("password", "hunter2-file\n")
        let file = try folder.write("netprobe.yml", configuration(folder: folder.path, port: receiver.port))
        let secrets = ["hunter2-file", "hunter2-env", "hunter2-url", "hunter2-hook"]

        let port = try TCP.freePort()
        let command = ["env", "PROXY_PASSWORD=hunter2-env"]
        let netprobe = try RunningNetprobe(["--config", file], port: port, wrapper: command)
        defer { netprobe.process.destroy() }
        try netprobe.waitUntilReady()
        try eventually("something was sent", within: .seconds(10)) { receiver.requests > 0 ? true : nil }
        var outputs = try ["/metrics", "/config", "/api/v1/links", "/"].map { try netprobe.get($0).body }
        #expect(outputs[1].contains("<secret>"), "\(outputs[1])")
        try folder.write("netprobe.yml", configuration(folder: folder.path, port: receiver.port) + "nonsense: 1\n")
        outputs.append(try netprobe.post("/-/reload").body)
        outputs.append(
            String(decoding: try Repository.bytes(of: "/proc/\(netprobe.process.pid)/cmdline"), as: UTF8.self)
        )
        let check = try Shell.finish([try NetprobeBinary.path(), "check", "--print-effective", file])
        outputs += [check.output, check.errors, netprobe.log]
        for (output, secret) in outputs.flatMap({ output in secrets.map { (output, $0) } }) {
            #expect(!output.contains(secret), "\(secret) in: \(output.prefix(400))")
        }
    }

    private func configuration(folder: String, port: UInt16) -> String {
        """
        state_directory: \(folder)/state
        probes: [tcp://127.0.0.1:1]
        proxies:
          - {name: one, url: "http://127.0.0.1:3128", auth: {schemes: [basic], username: svc, password_file: \(folder)/password}}
          - {name: two, url: "http://svc:${PROXY_PASSWORD}@127.0.0.1:3129"}
        alerting:
          alertmanagers: ["http://svc:hunter2-url@127.0.0.1:\(port)"]
          webhooks: [{url: "http://127.0.0.1:1/hunter2-hook", format: slack}]

        """
    }
}
