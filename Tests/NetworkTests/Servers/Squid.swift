import TestSupport

/// A real proxy on loopback that wants to know who asks.
final class Squid: Sendable {
    enum Scheme: String, Sendable { case basic, digest, ntlm, negotiate }

    static let user = "backup"
    static let password = "correct horse"

    let port: UInt16
    let log: String
    private let process: Subprocess

    private let isSecured: Bool

    var url: String { "\(isSecured ? "https" : "http")://127.0.0.1:\(port)" }

    /// - Parameters:
    ///   - schemes: offered, in this order; empty lets everybody in.
    ///   - certificate: path without extension; nil has no TLS to the proxy.
    ///   - environment: of its helpers.
    ///   - basic: the program that judges names and passwords; nil for a file of them.
    ///   - negotiate: arguments of negotiate_kerberos_auth.
    init(
        in folder: TemporaryFolder,
        schemes: [Scheme],
        certificate: String? = nil,
        environment: [String: String] = [:],
        basic helper: String? = nil,
        negotiate: String = ""
    ) throws {
        let port = try TCP.freePort()
        self.port = port
        isSecured = certificate != nil
        let listen =
            certificate.map { "https_port 127.0.0.1:\(port) tls-cert=\($0).pem tls-key=\($0).key" }
            ?? "http_port 127.0.0.1:\(port)"
        log = "\(folder.path)/squid-\(port).log"
        // Squid gives up root's rights and its helpers read these files.
        try Shell.run("chmod", "0777", folder.path)
        let hash = try Shell.run("openssl", "passwd", "-apr1", Self.password).split(separator: "\n")[0]
        let basic = try folder.write("basic.passwords", "\(Self.user):\(hash)\n")
        let digest = try folder.write("digest.passwords", "\(Self.user):\(Self.password)\n")
        let helpers = "/usr/lib/squid"
        let lines = schemes.map { scheme in
            let program =
                switch scheme {
                case .basic: helper ?? "\(helpers)/basic_ncsa_auth \(basic)"
                case .digest: "\(helpers)/digest_file_auth \(digest)"
                case .ntlm: "\(helpers)/ntlm_fake_auth"
                case .negotiate: "\(helpers)/negotiate_kerberos_auth \(negotiate)"
                }
            let realm = scheme == .basic || scheme == .digest ? "auth_param \(scheme.rawValue) realm netprobe test" : ""
            return
                "auth_param \(scheme.rawValue) program \(program)\nauth_param \(scheme.rawValue) children 1\n\(realm)"
        }
        let rule = schemes.isEmpty ? "http_access allow all" : "acl known proxy_auth REQUIRED\nhttp_access allow known"
        let file = try folder.write(
            "squid-\(port).conf",
            """
            \(listen)
            pid_filename none
            cache_log \(folder.path)/squid-\(port).cache.log
            access_log stdio:\(log)
            coredump_dir \(folder.path)
            cache deny all
            shutdown_lifetime 0 seconds
            dns_nameservers 127.0.0.1
            \(lines.joined(separator: "\n"))
            acl forbidden dstdomain forbidden.test
            http_access deny forbidden
            \(rule)
            http_access deny all
            """
        )
        process = try Subprocess(["squid", "-N", "-f", file], environment: environment)
        try Servers.waitUntilListening(on: port, process)
    }

    func stop() { process.destroy() }

    /// What it has written of its requests.
    var accessLog: String { (try? Repository.bytes(of: log)).map { String(decoding: $0, as: UTF8.self) } ?? "" }
}
