public import Model
public import Wire

/// An interface of this host with its addresses.
public struct NetworkInterface: Hashable, Sendable {
    public struct Address: Hashable, Sendable {
        public var address: IPAddress
        public var prefixLength: Int

        public init(address: IPAddress, prefixLength: Int) {
            self.address = address
            self.prefixLength = prefixLength
        }
    }

    public var index: Int32
    /// Bytes.
    public var mtu: Int
    public var isLoopback: Bool
    public var observation: InterfaceObservation
    public var addresses: [Address]

    public var name: String { observation.name }

    public init(
        index: Int32,
        mtu: Int,
        isLoopback: Bool,
        observation: InterfaceObservation,
        addresses: [Address]
    ) {
        self.index = index
        self.mtu = mtu
        self.isLoopback = isLoopback
        self.observation = observation
        self.addresses = addresses
    }

    /// A link with those of `addresses` that are its own.
    init(_ link: LinkMessage, addresses: [AddressMessage]) {
        self.init(
            index: link.index,
            mtu: link.mtu,
            isLoopback: link.flags & LinkFlag.loopback != 0,
            observation: link.observation,
            addresses: addresses.filter { $0.index == link.index }.map {
                Address(address: $0.address, prefixLength: $0.prefixLength)
            }
        )
    }
}
