import TestSupport

/// gRPC's own server (its C core, by Debian's python3-grpcio) with the standard health check.
final class GRPCServer: Sendable {
    static let requirement = Requirement.program(
        "/usr/lib/python3/dist-packages/grpc/__init__.py",
        package: "python3-grpcio"
    )

    let port: UInt16
    private let process: Subprocess

    /// The services `up`, `down` and `starting`, and the server itself.
    private static let script = """
        import sys, grpc
        from concurrent import futures

        STATUS = {"": 1, "up": 1, "down": 2, "starting": 0}

        class Health(grpc.GenericRpcHandler):
            def service(self, details):
                if details.method != "/grpc.health.v1.Health/Check":
                    return None
                return grpc.unary_unary_rpc_method_handler(self.check)

            def check(self, request, context):
                name = request[2:].decode()
                if name not in STATUS:
                    context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
                return bytes([8, STATUS[name]]) if STATUS[name] else b""

        server = grpc.server(futures.ThreadPoolExecutor(2))
        port, certificate, health = sys.argv[1:]
        if health == "yes":
            server.add_generic_rpc_handlers((Health(),))
        if certificate:
            key, chain = (open(certificate + end, "rb").read() for end in (".key", ".pem"))
            server.add_secure_port("127.0.0.1:" + port, grpc.ssl_server_credentials([(key, chain)]))
        else:
            server.add_insecure_port("127.0.0.1:" + port)
        server.start()
        server.wait_for_termination()

        """

    /// - Parameters:
    ///   - certificate: path without extension; nil is without TLS.
    ///   - hasHealth: else it knows no method.
    init(in folder: TemporaryFolder, certificate: String? = nil, hasHealth: Bool = true) throws {
        port = try TCP.freePort()
        let file = try folder.write("health-server.py", Self.script)
        process = try Subprocess(["/usr/bin/python3", file, "\(port)", certificate ?? "", hasHealth ? "yes" : "no"])
        try Servers.waitUntilListening(on: port, process)
    }

    func stop() { process.destroy() }
}
