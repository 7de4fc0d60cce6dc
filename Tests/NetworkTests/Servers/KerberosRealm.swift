import TestSupport

/// A real MIT KDC on loopback with one user, one service and a ticket.
final class KerberosRealm: Sendable {
    static let realm = "NETPROBE.TEST"
    let environment: [String: String]
    private let process: Subprocess
    /// Its address and port.
    let kdc: String
    private let login: (user: String, password: String)

    /// Arguments of Squid's helper.
    let helper: String

    /// - Parameter lockedAfter: failures after which the user's account is closed for ever; nil for never.
    init(in folder: TemporaryFolder, user: String, password: String, lockedAfter: Int? = nil) throws {
        let port = try TCP.freePort()
        kdc = "127.0.0.1:\(port)"
        login = (user, password)
        let path = folder.path
        let configuration = try folder.write(
            "krb5.conf",
            """
            [libdefaults]
                default_realm = \(Self.realm)
                dns_lookup_kdc = false
                dns_lookup_realm = false
                dns_canonicalize_hostname = false
                rdns = false
                udp_preference_limit = 1
            [realms]
                \(Self.realm) = {
                    kdc = 127.0.0.1:\(port)
                }
            [domain_realm]
                localhost = \(Self.realm)

            """
        )
        let profile = try folder.write(
            "kdc.conf",
            """
            [kdcdefaults]
                kdc_listen = 127.0.0.1:\(port)
                kdc_tcp_listen = 127.0.0.1:\(port)
            [realms]
                \(Self.realm) = {
                    database_name = \(path)/principal
                    key_stash_file = \(path)/stash
                    acl_file = \(path)/acl
                }
            [logging]
                kdc = FILE:\(path)/kdc.log
                default = FILE:\(path)/krb5.log

            """
        )
        let service = "HTTP/localhost@\(Self.realm)"
        environment = [
            "KRB5_CONFIG": configuration, "KRB5_KDC_PROFILE": profile, "KRB5CCNAME": "FILE:\(path)/ticket",
            "KRB5RCACHETYPE": "none",
        ]
        helper = "-k \(path)/http.keytab -s \(service)"
        let tool = environment
        func run(_ arguments: [String], input: String = "") throws {
            let result = try Shell.finish(arguments, environment: tool, input: input)
            guard result.status == 0 else {
                throw Failed(description: "\(arguments): \(result.errors)\(result.output)")
            }
        }
        try run(["kdb5_util", "create", "-s", "-P", "master", "-r", Self.realm])
        if let lockedAfter {
            let policy = "addpol -maxfailure \(lockedAfter) -failurecountinterval 0 -lockoutduration 0 strict"
            try run(["kadmin.local", "-q", policy])
            try run(["kadmin.local", "-q", "addprinc -policy strict +requires_preauth -pw \(password) \(user)"])
        } else {
            try run(["kadmin.local", "-q", "addprinc -pw \(password) \(user)"])
        }
        try run(["kadmin.local", "-q", "addprinc -randkey \(service)"])
        try run(["kadmin.local", "-q", "ktadd -k \(path)/http.keytab \(service)"])
        // Squid's helper runs as a user of its own.
        try Shell.run("chmod", "0644", "\(path)/http.keytab", configuration)
        process = try Subprocess(["krb5kdc", "-n"], environment: environment)
        try Servers.waitUntilListening(on: port, process)
        try run(["kinit", user], input: password + "\n")
    }

    /// Puts a ticket of the user, and none of a service, into another cache.
    func takeTicket(_ cache: String) throws {
        var own = environment
        own["KRB5CCNAME"] = cache
        let result = try Shell.finish(["kinit", login.user], environment: own, input: login.password + "\n")
        guard result.status == 0 else { throw Failed(description: result.errors) }
    }

    /// Whether the KDC lets the user in.
    func accepts(_ user: String, _ password: String) throws -> Bool {
        var own = environment
        own["KRB5CCNAME"] = "MEMORY:"
        return try Shell.finish(["kinit", user], environment: own, input: password + "\n").status == 0
    }

    /// Wrong passwords that it has counted since the last right one.
    func failures(of user: String) throws -> Int? {
        let result = try Shell.finish(["kadmin.local", "-q", "getprinc \(user)"], environment: environment)
        let line = result.output.split(separator: "\n").first { $0.hasPrefix("Failed password attempts:") }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) }
    }

    func stop() { process.destroy() }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }
}
