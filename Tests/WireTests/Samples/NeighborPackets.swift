/// Messages of neighbour discovery.
enum NeighborPackets {
    private static let target = "20010db8 00000000 00000000 0000ffff"
    /// RFC 4861 §4.3: type, code, checksum, reserved, target; option 1 of one unit: the source's address.
    static let solicitation = hex("87 00 0000 00000000 \(target) 01 01 00005e005301")
    static let advertisement = hex("88 00 0000 e0000000 \(target) 02 01 00005e005302")
}
