/// Headers of IPsec.
enum IPsecPackets {
    static let esp = hex("c0ffee01 00000007")
    /// RFC 4302 §2: Next Header, Payload Len (32-bit words less 2), Reserved, SPI, Sequence, ICV of 12 bytes.
    static let ah = hex("06 04 0000 00001234 ffffffff 000102030405060708090a0b")
}
