public import Model
public import Wire

/// A pin's `next_hop`: the first router of every packet, whatever the routing table says of its destination. The packets bring
/// their IP header along, and the kernel looks up the way to the router that they are handed to.
public struct NextHop {
    public let router: IPAddress
    private let pin: Pin
    /// Of IPv6, whose header the kernel completes in nothing: what is sent from where the pin names no source.
    private var chosen: IPv6Address?
    private var chosenAt = Int64.min

    /// How long a source holds, in nanoseconds: addresses come and go.
    private static let validity: Int64 = 1_000_000_000
    /// Between two looks for one that is missing: it may be in its check for duplicates.
    private static let retry: Int64 = 50_000_000

    /// nil where the pin has none of this family.
    public init?(_ pin: Pin, family: IPFamily) {
        guard let router = pin.nextHop, router.family == family else { return nil }
        self.router = router
        self.pin = pin
    }

    /// Whether there is an address to send from now.
    /// - Parameter interface: the pinned one; 0 for none.
    public mutating func hasSource(by interface: Int32, now: Int64) -> Bool {
        guard case .v6(let router) = router, pin.source == nil else { return true }
        if chosenAt == .min || now &- chosenAt > (chosen == nil ? Self.retry : Self.validity) {
            chosenAt = now
            let addresses = InterfaceAddress.all()
            chosen = InterfaceAddress.source(
                towards: router,
                by: interface == 0 ? nil : interface,
                among: addresses
            )
        }
        return chosen != nil
    }

    public var missingSource: String {
        "\(pin.interface.map { "interface \($0)" } ?? "this host") has no IPv6 address to send from to the next_hop \(router)"
    }

    /// Where the socket sends to.
    /// - Parameter interface: the pinned one, to which a link-local router belongs; 0 for none.
    public func address(by interface: Int32) -> SocketAddress {
        SocketAddress(router, scope: router.isLinkLocal ? UInt32(bitPattern: interface) : 0)
    }

    /// What an ICMPv6 checksum covers beside the message; nil for IPv4.
    func checksummed(_ destination: IPAddress) -> (source: IPAddress, destination: IPAddress)? {
        guard !destination.isIPv4, let source = pin.source ?? chosen.map(IPAddress.v6) else { return nil }
        return (source, destination)
    }

    /// Writes a whole packet to the destination.
    /// - Parameter message: writes what the packet carries, with the addresses that its checksum covers, and returns its length.
    /// - Returns: the length; 0 where there is no room.
    public func writePacket(
        to destination: IPAddress,
        ttl: UInt8?,
        into buffer: UnsafeMutableRawBufferPointer,
        message: (UnsafeMutableRawBufferPointer, (source: IPAddress, destination: IPAddress)?) -> Int
    ) -> Int {
        let room = headerLength
        guard buffer.count > room else { return 0 }
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[room...])
        let length = unsafe message(rest, checksummed(destination))
        return unsafe writeHeader(to: destination, ttl: ttl, length: length, into: buffer) + length
    }

    public static let longestHeader = IPv6Header.length

    private var headerLength: Int { router.isIPv4 ? IPv4Header.minimumLength : IPv6Header.length }

    /// Writes the header of a message of `length` bytes.
    /// - Returns: its length; 0 where it cannot be written.
    private func writeHeader(
        to destination: IPAddress,
        ttl: UInt8?,
        length: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        let trafficClass = (pin.dscp ?? 0) << 2
        switch destination {
        case .v4(let destination):
            // An unset source and identification are filled in by the kernel.
            var source = IPv4Address(rawValue: 0)
            if case .v4(let pinned)? = pin.source { source = pinned }
            let header = IPv4Header(
                source: source,
                destination: destination,
                protocol: .icmp,
                payloadLength: length,
                ttl: ttl ?? 64,
                dontFragment: true,
                trafficClass: trafficClass
            )
            return (try? unsafe header.write(into: buffer)) ?? 0
        case .v6(let address):
            guard case .v6(let source)? = checksummed(destination)?.source else { return 0 }
            let header = IPv6Header(
                source: source,
                destination: address,
                nextHeader: IPProtocol.icmpv6.rawValue,
                payloadLength: length,
                hopLimit: ttl ?? 64,
                trafficClass: trafficClass
            )
            return (try? unsafe header.write(into: buffer)) ?? 0
        }
    }
}
