/// Packets of ARP.
enum ARPPackets {
    /// RFC 826: hardware type, protocol type, lengths, operation, sender's two addresses, target's two.
    static let request = hex("0001 0800 06 04 0001 00005e005301 0a010004 000000000000 0a010001")
}
