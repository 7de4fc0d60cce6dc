/// Packets that the suites about QUIC share.
enum QUICPackets {
    /// RFC 9000 §17.2.2: form, fixed, type, reserved, packet number length; version; DCID; SCID; token; length; rest.
    static let initial =
        hex("c3 00000001 08 8394c8f03e515708 02 abcd 03 746f6b 4014") + [UInt8](repeating: 7, count: 20)
    /// RFC 9000 §17.2.4.
    static let handshake = hex("e0 00000001 02 abcd 00 05 0102030405")
    static let retry = hex("f0 00000001 00 02 abcd 746f6b") + [UInt8](repeating: 9, count: 16)
    /// RFC 9000 §17.2.1.
    static let negotiation = hex("80 00000000 02 abcd 01 ef 00000001 6b3343cf")
    /// RFC 9000 §17.3.1, spin bit set.
    static let short = hex("60 8394c8f03e515708") + [UInt8](repeating: 5, count: 20)
}
