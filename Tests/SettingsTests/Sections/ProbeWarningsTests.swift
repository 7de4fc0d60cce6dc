import Settings
import Testing

@Suite("probes that cannot be what their file hopes for")
struct ProbeWarningsTests {
    @Test(
        "a target whose scheme has no probe is a warning at its place, alone or in a mapping",
        arguments: [
            ("probes: [\"udp://10.0.0.1:514\"]\n", "1:10", "udp"),
            ("probes: [{target: \"bfd://172.16.0.2\"}]\n", "1:19", "bfd"),
        ]
    )
    func withoutProbe(text: String, place: String, scheme: String) throws {
        let loaded = try load(text)
        _ = try loaded.configuration()
        #expect(
            loaded.warnings == [
                "netprobe.yml:\(place): warning: there is no probe for \(scheme):// yet: it stays without result; "
                    + "allowed: icmp, tcp, tls, http, https, dns, stamp, ike"
            ]
        )
    }
}
