import TestSupport

/// dnsmasq in the second VNet, which knows `app.contoso.test` for five seconds. No VPN leads there.
public final class NameServer: Sendable {
    private let address: String
    private let namespace: Namespace
    private let folder: TemporaryFolder
    private let process: Subprocess

    public init(_ address: String, of lab: Lab) throws {
        (self.address, namespace) = (address, lab.namespace(.vnet2))
        folder = try TemporaryFolder()
        try LabNamespaces.configure(namespace, ["address replace \(address)/32 dev lo"])
        try folder.write("resolv.conf", "nameserver \(address)\noptions timeout:1 attempts:1\n")
        process = try Subprocess(
            namespace.command([
                "dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=root",
                "--pid-file=", "--listen-address=\(address)", "--bind-interfaces",
                "--host-record=app.contoso.test,10.1.0.4,5",
            ])
        )
    }

    /// Runs what follows with this server as the system's.
    public var wrapper: [String] {
        let script = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\""
        return ["unshare", "--mount", "sh", "-c", script, "\(folder.path)/resolv.conf"]
    }

    public func end() {
        process.destroy()
        _ = try? LabNamespaces.configure(namespace, ["address del \(address)/32 dev lo"])
        folder.remove()
    }
}
