import Model
import TestSupport
import Testing

/// `/probe` with `dns` modules beside prometheus-blackbox-exporter, against a real dnsmasq.
@Suite("/probe over DNS answers what blackbox_exporter answers", .serialized, .onOwnThread)
struct BlackboxDNSTests {
    private static let modules = """
        a: {prober: dns, timeout: 2s, dns: {query_name: app.contoso.test, query_type: A}}
        any: {prober: dns, timeout: 2s, dns: {query_name: app.contoso.test}}
        tcp: {prober: dns, timeout: 2s, dns: {query_name: app.contoso.test, query_type: A, transport_protocol: tcp}}
        soa: {prober: dns, timeout: 2s, dns: {query_name: zone.test, query_type: SOA}}
        ns: {prober: dns, timeout: 2s, dns: {query_name: zone.test, query_type: NS}}
        none: {prober: dns, timeout: 2s, dns: {query_name: no.such.test, query_type: A}}
        nx: {prober: dns, timeout: 2s, dns: {query_name: no.such.test, query_type: A, valid_rcodes: [NXDOMAIN, NOERROR]}}
        odd_code: {prober: dns, timeout: 2s, dns: {query_name: app.contoso.test, query_type: A, valid_rcodes: [NONSENSE]}}
        foreign: {prober: dns, timeout: 2s, dns: {query_name: www.example.com, query_type: A}}
        version: {prober: dns, timeout: 2s, dns: {query_name: version.bind, query_type: TXT, query_class: CH}}
        text: {prober: dns, timeout: 2s, dns: {query_name: text.test, query_type: TXT, validate_answer_rrs: {fail_if_not_matches_regexp: ['"v=spf1 \\"all\\""']}}}
        chain: {prober: dns, timeout: 2s, dns: {query_name: alias.contoso.test, query_type: A, validate_answer_rrs: {fail_if_not_matches_regexp: ["^(alias|app)\\\\.contoso\\\\.test\\\\.\\t[0-9]+\\tIN\\t"]}}}
        all: {prober: dns, timeout: 2s, dns: {query_name: alias.contoso.test, query_type: A, validate_answer_rrs: {fail_if_all_match_regexp: ["10.1.0.4$"]}}}
        one: {prober: dns, timeout: 2s, dns: {query_name: alias.contoso.test, query_type: A, validate_answer_rrs: {fail_if_none_matches_regexp: ["10.1.0.4$"]}}}
        empty: {prober: dns, timeout: 2s, dns: {query_name: app.contoso.test, query_type: A, validate_additional_rrs: {fail_if_not_matches_regexp: [".*"]}}}
        odd_transport: {prober: dns, timeout: 2s, dns: {query_name: a, transport_protocol: sctp}}
        tls_over_udp: {prober: dns, timeout: 2s, dns: {query_name: a, dns_over_tls: true}}
        nonsense: {prober: dns, timeout: 2s, dns: {query_name: a, source_ip_address: nonsense}}
        """

    @Test("answers, codes, sections, rules, transports")
    func answers() throws {
        guard
            Requirement.met(
                .program("prometheus-blackbox-exporter", package: "prometheus-blackbox-exporter"),
                .program("dnsmasq", package: "dnsmasq-base")
            )
        else { return }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let port = try TCP.freePort()
        let file = try folder.write(
            "dnsmasq.conf",
            """
            port=\(port)
            listen-address=127.0.0.1
            bind-interfaces
            no-resolv
            no-hosts
            local=/test/
            host-record=app.contoso.test,10.1.0.4
            cname=alias.contoso.test,app.contoso.test
            txt-record=text.test,"v=spf1 \\"all\\""
            auth-zone=zone.test,127.0.0.0/8
            auth-server=ns.zone.test
            auth-soa=1000

            """
        )
        let process = try Subprocess(["dnsmasq", "-k", "-C", file, "--pid-file=\(folder.path)/pid", "-u", "root"])
        defer { process.destroy() }
        try Servers.waitUntilListening(on: port, process)
        let pair = try BlackboxPair(in: folder, modules: Self.modules)
        defer { pair.stop() }
        let names = Self.modules.split(separator: "\n").map { $0.prefix { $0 != ":" } }
        for name in names { try pair.same("target=127.0.0.1:\(port)&module=\(name)") }
        #expect(try pair.same("target=127.0.0.1:\(port)&module=a").value("probe_success") == 1)
        #expect(try pair.same("target=127.0.0.1:\(port)&module=tcp").value("probe_dns_answer_rrs") == 1)
        let nobody = try TCP.freePort()
        for name in ["a", "tcp"] { try pair.same("target=127.0.0.1:\(nobody)&module=\(name)") }
    }
}
