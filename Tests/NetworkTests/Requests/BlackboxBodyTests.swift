import Model
import TestSupport
import Testing

/// Bodies of `http` modules beside prometheus-blackbox-exporter.
@Suite("/probe counts bodies as blackbox_exporter does", .serialized, .onOwnThread)
struct BlackboxBodyTests {
    private static let length = 100_000_000

    @Test("a decompression bomb is counted to its end, or is a failure where a rule must read it")
    func bomb() throws {
        guard Requirement.met(.program("nginx", package: "nginx-light")) else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Shell.run(["sh", "-c", "head -c \(Self.length) /dev/zero | gzip -1 -n > \(folder.path)/bomb"])
        let web = try Nginx(
            in: folder,
            locations: "location / { root \(folder.path); default_type text/plain; add_header Content-Encoding gzip; }"
        )
        defer { web.stop() }
        let modules = """
            counted: {prober: http, timeout: 20s, http: {compression: gzip, headers: {Accept-Encoding: gzip}}}
            limited: {prober: http, timeout: 20s, http: {compression: gzip, headers: {Accept-Encoding: gzip}, body_size_limit: 50MB}}
            read: {prober: http, timeout: 20s, http: {compression: gzip, headers: {Accept-Encoding: gzip}, fail_if_body_matches_regexp: ["x"]}}
            """
        try BlackboxPair.with(modules, in: folder) { pair in
            let target = "target=127.0.0.1:\(web.port)/bomb&module="
            let counted = try pair.same(target + "counted")
            #expect(counted.value("probe_success") == 1)
            #expect(counted.value("probe_http_uncompressed_body_length") == Double(Self.length))
            #expect(try pair.same(target + "limited").value("probe_success") == 0)
            let read = Exposition(try pair.netprobe.get("/probe?\(target)read").body)
            #expect(read.value("probe_success") == 0 && read.value("probe_failed_due_to_regex") == 1)
        }
    }
}
