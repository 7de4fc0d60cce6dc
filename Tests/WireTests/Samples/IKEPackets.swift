/// Messages of IKE.
enum IKEPackets {
    private static let spis = "1111111111111111 2222222222222222"
    /// RFC 7296 §3.1, §3.14: INFORMATIONAL, request 5; one encrypted payload that holds a DELETE (42).
    static let encrypted = hex("\(spis) 2e 20 25 08 00000005 00000028 2a00 000c 0102030405060708")
    /// An answer with two notifies: one about an ESP association, with data; NO_PROPOSAL_CHOSEN.
    static let notifies = hex(
        """
        \(spis) 29 20 24 20 00000007 0000003a
        2900 0012 03 04 4009 deadbeef 010203040506
        0000 000c 00 00 000e aabbccdd
        """
    )
    /// RFC 2408 §3.14: an IKEv1 INFORMATIONAL with a notification (domain 1, ISAKMP, no SPI, type 14).
    static let version1 = hex("\(spis) 0b 10 05 00 0000abcd 00000028 0000 000c 00000001 01 00 000e")
}
