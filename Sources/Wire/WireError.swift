/// Why bytes are no packet of the expected kind, or why a packet does not fit where it shall be written.
public struct WireError: Error, Hashable, Sendable {
    public enum Layer: String, Sendable {
        case ipv4 = "IPv4"
        case ipv6 = "IPv6"
        case icmp = "ICMP"
        case icmpv6 = "ICMPv6"
        case icmpExtension = "ICMP extension"
        case udp = "UDP"
        case tcp = "TCP"
        case ike = "IKE"
        case stamp = "STAMP"
        case dns = "DNS"
        case bfd = "BFD"
        case bgp = "BGP"
        case quic = "QUIC"
        case esp = "ESP"
        case ah = "AH"
        case arp = "ARP"
        case radiotap
        case wlan = "802.11"
        case llc = "LLC"
        case neighborDiscovery = "neighbor discovery"
    }

    /// The field whose value cannot be.
    public enum Field: String, Sendable {
        case version
        case headerLength = "header length"
        case length
        case checksum
        case type
        case initiatorSPI = "initiator SPI"
        case payloadLength = "payload length"
        case payloadSize = "payload size"
        case missingPayload = "payload chain from"
        case keyLength = "key length"
        case response = "response flag"
        case label
        case compressionPointer = "compression pointer"
        case nameLength = "name length"
        case recordLength = "record length"
        case count
        case authenticationLength = "authentication length"
        case detectMultiplier = "detect multiplier"
        case multipoint = "multipoint flag"
        case discriminator
        case marker
        case connectionIDLength = "connection ID length"
        case fixedBit = "fixed bit"
        case headerForm = "header form"
        case spi = "SPI"
        case hardwareType = "hardware type"
        case protocolType = "protocol type"
        case addressLength = "address length"
        case frameType = "frame type"
        case fragment
        case aggregate = "A-MSDU flag"
        case protected = "protected flag"
        case badFCS = "bad-FCS flag"
    }

    public enum Fault: Hashable, Sendable {
        /// Bytes that the layer needs and bytes that there were.
        case short(needed: Int, had: Int)
        case invalid(Field, value: UInt64)
    }

    public let layer: Layer
    public let fault: Fault

    public init(layer: Layer, fault: Fault) {
        self.layer = layer
        self.fault = fault
    }

    @inline(__always)
    static func short(_ layer: Layer, needed: Int, had: Int) -> Self {
        Self(layer: layer, fault: .short(needed: needed, had: had))
    }

    static func invalid(_ layer: Layer, _ field: Field, _ value: some BinaryInteger) -> Self {
        Self(layer: layer, fault: .invalid(field, value: UInt64(truncatingIfNeeded: value)))
    }
}

extension WireError: CustomStringConvertible {
    public var description: String {
        switch fault {
        case .short(let needed, let had): "\(layer.rawValue): \(needed) bytes needed, \(had) there"
        case .invalid(let field, let value): "\(layer.rawValue): \(field.rawValue) cannot be \(value)"
        }
    }
}
