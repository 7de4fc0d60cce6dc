import Glibc
import TestSupport

/// A real web server on loopback.
final class Nginx: Sendable {
    let port: UInt16
    private let process: Subprocess

    /// - Parameters:
    ///   - certificate: path without extension; nil serves plain HTTP.
    ///   - locations: of nginx's configuration.
    init(
        in folder: TemporaryFolder,
        certificate: String? = nil,
        locations: String = #"location / { return 200 "hello"; }"#
    ) throws {
        port = try TCP.freePort()
        let name = "nginx-\(port)"
        let tls = certificate.map { "ssl_certificate \($0).pem; ssl_certificate_key \($0).key;" } ?? ""
        let listen = certificate == nil ? "\(port)" : "\(port) ssl http2"
        let file = try folder.write(
            "\(name).conf",
            """
            daemon off; master_process off; worker_processes 1; pid \(folder.path)/\(name).pid;
            error_log \(folder.path)/\(name).err;
            events {}
            http {
                access_log off;
                client_body_temp_path \(folder.path)/\(name).1; proxy_temp_path \(folder.path)/\(name).2;
                fastcgi_temp_path \(folder.path)/\(name).3; uwsgi_temp_path \(folder.path)/\(name).4;
                scgi_temp_path \(folder.path)/\(name).5;
                server { listen 127.0.0.1:\(listen); \(tls) \(locations) }
            }
            """
        )
        process = try Subprocess(["nginx", "-p", folder.path, "-c", file, "-e", "\(folder.path)/\(name).err"])
        try Servers.waitUntilListening(on: port, process)
    }

    func stop() { process.destroy() }
}

enum Servers {
    static func waitUntilListening(on port: UInt16, _ process: Subprocess) throws {
        try eventually("\(process.arguments[0]) listens on \(port): \(process.errors)", within: .seconds(20)) {
            guard let descriptor = try? TCP.connect(to: "127.0.0.1", port: port) else { return nil as Bool? }
            Glibc.close(descriptor)
            return true
        }
    }
}
