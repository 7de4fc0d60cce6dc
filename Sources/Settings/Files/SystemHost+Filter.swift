import CPcap

extension SystemHost {
    /// libpcap's own words. Judged for Ethernet, which is what most interfaces are; of another kind the interface itself
    /// decides when it is opened.
    public func mistake(inFilter expression: String) -> String? {
        let ethernet: Int32 = 1
        guard let handle = pcap_open_dead(ethernet, 65_535) else { return nil }
        defer { pcap_close(handle) }
        var program = bpf_program()
        guard pcap_compile(handle, &program, expression, 1, bpf_u_int32.max) == 0 else {
            return String(cString: pcap_geterr(handle))
        }
        pcap_freecode(&program)
        return nil
    }
}
