/// The messages that the suites about DNS share.
enum DNSPackets {
    /// `www.example.com A`, with recursion, without EDNS.
    static let query = hex(
        """
        1234 0100 0001 0000 0000 0000
        03 777777 07 6578616d706c65 03 636f6d 00  0001 0001
        """
    )
    /// An alias, its address, a name server with glue, EDNS. Names point back (RFC 1035 §4.1.4).
    static let answer = hex(
        """
        1234 8180 0001 0002 0001 0002
        03 777777 07 6578616d706c65 03 636f6d 00  0001 0001
        c00c 0005 0001 0000012c 0006 03 63646e c010
        c02d 0001 0001 0000003c 0004 c0000207
        c010 0002 0001 00015180 0005 02 6e73 c010
        c04f 001c 0001 00015180 0010 20010db8000000000000000000000053
        00 0029 04d0 00 00 8000 0000
        """
    )

    /// A response of the root's with a record of each type that is interpreted.
    static let everyType =
        hex("0001 8000 0000 0009 0000 0000")
        + hex("00 0001 0001 00000007 0004 c0000207  00 001c 0001 00000007 0010 20010db8000000000000000000000001")
        + hex("00 0005 0001 00000007 0003 01 61 00  00 0002 0001 00000007 0002 c035  00 000c 0001 00000007 0001 00")
        + hex("00 000f 0001 00000007 0005 000a 01 61 00  00 0021 0001 00000007 0009 0001 0002 01bb 01 61 00")
        + hex("00 0010 0001 00000007 0004 02 6869 00")
        + hex("00 0006 0001 00000007 0016 00 00 00000001 00000002 00000003 00000004 00000005")
}
