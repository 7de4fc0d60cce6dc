import Model
import TestSupport
import Testing

/// `/probe` with `grpc` modules, beside Debian's exporter and before a real gRPC server.
@Suite("grpc modules of /probe", .serialized, .onOwnThread)
struct BlackboxGRPCTests {
    private static func isPossible() -> Bool {
        Requirement.met(
            .program("prometheus-blackbox-exporter", package: "prometheus-blackbox-exporter"),
            .program("openssl", package: "openssl"),
            GRPCServer.requirement
        )
    }

    private static func modules(_ folder: String) -> String {
        let plain = ["server": "", "up": "up", "down": "down", "starting": "starting", "missing": "nobody"].sorted {
            $0.key < $1.key
        }
        return plain.map {
            "\($0.key): {prober: grpc, timeout: 5s, grpc: {service: \"\($0.value)\", preferred_ip_protocol: ip4}}\n"
        }
        .joined()
            + """
            tls: {prober: grpc, timeout: 5s, grpc: {tls: true, preferred_ip_protocol: ip4, tls_config: {ca_file: \(folder)/ca.pem}}}
            blind: {prober: grpc, timeout: 5s, grpc: {tls: true, preferred_ip_protocol: ip4, tls_config: {insecure_skip_verify: true}}}
            untrusted: {prober: grpc, timeout: 5s, grpc: {tls: true, preferred_ip_protocol: ip4}}
            brief: {prober: grpc, timeout: 1s, grpc: {preferred_ip_protocol: ip4}}

            """
    }

    @Test("each serving status and each failure is told as the exporter tells it")
    func same() throws {
        guard Self.isPossible() else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestAuthority(in: folder)
        let plain = try GRPCServer(in: folder)
        defer { plain.stop() }
        let secure = try GRPCServer(in: folder, certificate: try authority.issue("grpc"))
        defer { secure.stop() }
        let bare = try GRPCServer(in: folder, hasHealth: false)
        defer { bare.stop() }
        let pair = try BlackboxPair(in: folder, modules: Self.modules(folder.path))
        defer { pair.stop() }

        let good = try pair.same("target=127.0.0.1:\(plain.port)&module=server")
        #expect(good.value("probe_success") == 1 && good.value("probe_grpc_status_code") == 0)
        #expect(good.value("probe_grpc_healthcheck_response", ["serving_status": "SERVING"]) == 1)
        #expect(try pair.same("target=http://127.0.0.1:\(plain.port)/x&module=up").value("probe_success") == 1)
        let down = try pair.same("target=127.0.0.1:\(plain.port)&module=down")
        #expect(down.value("probe_grpc_healthcheck_response", ["serving_status": "NOT_SERVING"]) == 1)
        #expect(down.value("probe_success") == 0)
        try pair.same("target=127.0.0.1:\(plain.port)&module=starting")
        let missing = try pair.same("target=127.0.0.1:\(plain.port)&module=missing")
        #expect(missing.value("probe_grpc_status_code") == 5)
        #expect(try pair.same("target=127.0.0.1:\(bare.port)&module=server").value("probe_grpc_status_code") == 12)
        #expect(try pair.same("target=127.0.0.1:\(TCP.freePort())&module=server").value("probe_grpc_status_code") == 14)

        let tls = try pair.same("target=localhost:\(secure.port)&module=tls")
        #expect(tls.value("probe_success") == 1 && tls.value("probe_grpc_ssl") == 1)
        try pair.same("target=localhost:\(secure.port)&module=blind")
        #expect(try pair.same("target=localhost:\(secure.port)&module=untrusted").value("probe_grpc_status_code") == 14)
        #expect(try pair.same("target=localhost:\(plain.port)&module=tls").value("probe_grpc_status_code") == 14)
    }

    @Test("a peer that takes the connection and says nothing ends the probe in its time")
    func silent() throws {
        guard Self.isPossible() else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = try ScriptedServer { $0.waitForEnd() }
        let pair = try BlackboxPair(in: folder, modules: Self.modules(folder.path))
        defer { pair.stop() }
        // The exporter itself would hang here: only ours is asked.
        let metrics = Exposition(try pair.netprobe.get("/probe?target=127.0.0.1:\(server.port)&module=brief").body)
        #expect(metrics.value("probe_success") == 0 && metrics.value("probe_grpc_status_code") == 4)
    }
}
