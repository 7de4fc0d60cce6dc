/// Frames that the suites about IEEE 802.11 share.
enum WLANPackets {
    static let llc = hex("aaaa 03 000000 0800")
    /// IEEE Std 802.11 §9.2.4: control, duration, three addresses, sequence control.
    static let fromAP = hex("08 02 0000 020000000001 0200000000aa 020000000002 1000") + llc + [0x45]
    static let qosToAP = hex("88 01 0000 0200000000aa 020000000001 020000000002 1000 0500") + llc + [0x45]
    static let relayed =
        hex("08 03 0000 0200000000aa 0200000000bb 020000000001 1000 020000000002") + llc + [0x45]
    /// Version, pad, length 18, present: TSFT and flags; timestamp; flags: checksum at the end; one byte of padding.
    static let radiotap = hex("00 00 1200 03000000 0102030405060708 10 00")
    static let captured = radiotap + fromAP + hex("deadbeef")
}
