/// Numbers of the protocol behind a link-layer header (IEEE 802 "EtherType"), as far as packets are followed through
/// them; above 16 bits numbers of our own for what has no EtherType.
enum EtherType {
    static let ipv4 = 0x0800
    static let arp = 0x0806
    static let vlan = 0x8100
    static let ipv6 = 0x86DD
    static let mplsUnicast = 0x8847
    static let mplsMulticast = 0x8848
    static let ppp = 0x880B
    static let pppoeSession = 0x8864
    static let serviceVLAN = 0x88A8
    static let erspan2 = 0x88BE
    static let erspan3 = 0x22EB
    static let legacyQinQ1 = 0x9100
    static let legacyQinQ2 = 0x9200
    /// An Ethernet frame without trailer in a tunnel (GRE, Geneve).
    static let bridging = 0x6558

    /// IP of the version that its first nibble names.
    static let anyIP = 0x1_0000
    /// An IP protocol number is added.
    static let ipProtocol = 0x2_0000
    /// Nothing that is followed.
    static let unknown = 0x3_0000

    /// Below this the two bytes are the length of an IEEE 802.3 frame.
    static let first = 0x0600
}
