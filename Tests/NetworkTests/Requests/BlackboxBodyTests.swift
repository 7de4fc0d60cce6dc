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

    @Test("Brotli")
    func brotli() throws {
        let hello: [UInt8] = [27, 17, 0, 0, 164, 20, 64, 114, 16, 69, 144, 169, 195, 115, 250, 5]
        // Twenty million times zero, with a window of 16 MiB.
        let bomb: [UInt8] = [
            0xCF, 0xFF, 0xFF, 0x7F, 0x00, 0x24, 0x00, 0xE2, 0xB1, 0x40, 0x72, 0xEF, 0xFF, 0xF3, 0x9F, 0x25, 0x06, 0x80,
            0x04, 0x40, 0x1C, 0x16, 0x80, 0x2E, 0x49, 0x0C,
        ]
        let bodies: [String: [UInt8]] = [
            "/hello": hello, "/short": Array(hello.dropLast(2)), "/long": hello + [1, 2], "/twice": hello + hello,
            "/none": [], "/plain": Array("hello world".utf8), "/bomb": bomb,
        ]
        let server = try ScriptedServer { connection in
            guard let head = connection.receiveHead() else { return }
            let body = bodies[head.split(separator: " ").dropFirst().first.map(String.init) ?? ""] ?? []
            let fields = "Content-Encoding: br\r\nContent-Length: \(body.count)\r\nConnection: close"
            TCP.send(Array("HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n".utf8) + body, to: connection.descriptor)
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let modules = """
            counted: {prober: http, http: {compression: br, headers: {Accept-Encoding: br}}}
            read: {prober: http, http: {compression: BR, fail_if_body_not_matches_regexp: ["^hello hello hello\\n$"]}}
            limited: {prober: http, http: {compression: br, body_size_limit: 10B}}
            """
        try BlackboxPair.with(modules, in: folder) { pair in
            for module in ["counted", "read", "limited"] {
                for path in bodies.keys.sorted() where (module, path) != ("read", "/bomb") {
                    try pair.same("target=127.0.0.1:\(server.port)\(path)&module=\(module)")
                }
            }
            let target = "target=127.0.0.1:\(server.port)"
            let counted = try pair.same("\(target)/bomb&module=counted")
            #expect(counted.value("probe_http_uncompressed_body_length") == 20_000_000)
            #expect(try pair.same("\(target)/hello&module=read").value("probe_success") == 1)
            let read = Exposition(try pair.netprobe.get("/probe?\(target)/bomb&module=read").body)
            #expect(read.value("probe_success") == 0 && read.value("probe_failed_due_to_regex") == 1)
        }
    }
}
