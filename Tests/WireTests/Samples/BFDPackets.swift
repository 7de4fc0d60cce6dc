/// Control packets of BFD.
enum BFDPackets {
    /// RFC 5880 §4.1: Vers Diag, Sta P F C A D M, Detect Mult, Length, My, Your, Desired Min TX, Required Min RX,
    /// Required Min Echo RX.
    static let up = hex("20 c0 03 18 00000001 00000002 0000c350 000493e0 00000000")
    /// Keyed SHA1: Auth Type 4, Auth Len 28, key ID, reserved, sequence, hash.
    static let authenticated: [UInt8] =
        hex("21 44 05 34 00000001 00000000 000f4240 000f4240 00000000 04 1c 01 00 00000007")
        + [UInt8](repeating: 0xAB, count: 20)
}
