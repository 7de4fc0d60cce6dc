import TestSupport

/// An authority of one test with the certificates that it has issued, by openssl(1).
struct TestAuthority {
    let folder: TemporaryFolder

    var certificate: String { "\(folder.path)/ca.pem" }

    init(in folder: TemporaryFolder, named name: String = "netprobe test authority") throws {
        self.folder = folder
        try Shell.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
                + [
                    "-keyout", "\(folder.path)/ca.key", "-out", "\(folder.path)/ca.pem", "-days", "30", "-subj",
                    "/CN=\(name)",
                ]
                + ["-addext", "basicConstraints=critical,CA:TRUE"]
        )
    }

    /// Issues a certificate and gives its path without the extension: `.pem` and `.key`.
    /// - Parameter days: 0 is over after a second.
    func issue(_ name: String, for names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 20) throws -> String {
        let path = "\(folder.path)/\(name)"
        try Shell.run(
            [
                "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                "\(path).key",
            ]
                + ["-out", "\(path).csr", "-subj", "/CN=\(name)"]
        )
        try folder.write("\(name).ext", "subjectAltName=\(names)\n")
        try Shell.run(
            ["openssl", "x509", "-req", "-in", "\(path).csr", "-CA", certificate, "-CAkey", "\(folder.path)/ca.key"]
                + ["-CAcreateserial", "-days", "\(days)", "-extfile", "\(path).ext", "-out", "\(path).pem"]
        )
        return path
    }
}
