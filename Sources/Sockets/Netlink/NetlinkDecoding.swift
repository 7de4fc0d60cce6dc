internal import Model
internal import Wire

extension NetlinkEnvelope {
    /// Every message of one datagram.
    ///
    /// - Throws: `NetlinkError.malformed`; nothing of such a datagram is used.
    public static func decode(_ bytes: RawSpan) throws(NetlinkError) -> [NetlinkEnvelope] {
        var envelopes: [NetlinkEnvelope] = []
        var offset = 0
        while offset < bytes.byteCount {
            guard bytes.byteCount - offset >= 16 else { throw .malformed(part: "message header", offset: offset) }
            let length = Int(try bytes.hostInteger(UInt32.self, at: offset))
            guard length >= 16, length <= bytes.byteCount - offset else {
                throw .malformed(part: "message", offset: offset)
            }
            let type = try bytes.hostInteger(UInt16.self, at: offset + 4)
            let flags = try bytes.hostInteger(UInt16.self, at: offset + 6)
            let message = try NetlinkMessage.decode(type: type, body: offset + 16..<offset + length, of: bytes)
            envelopes.append(
                NetlinkEnvelope(
                    sequence: try bytes.hostInteger(UInt32.self, at: offset + 8),
                    isInterrupted: flags & NetlinkFlag.dumpInterrupted != 0,
                    isRemoval: NetlinkMessage.removals.contains(type),
                    message: message
                )
            )
            offset += (length + 3) & ~3
        }
        return envelopes
    }
}

extension NetlinkMessage {
    static let removals: Set<UInt16> = [
        NetlinkType.deleteLink, NetlinkType.deleteAddress, NetlinkType.deleteRoute, NetlinkType.deleteNeighbour,
        NetlinkType.deleteRule, NetlinkType.deleteNextHop,
    ]

    static func decode(type: UInt16, body: Range<Int>, of bytes: RawSpan) throws(NetlinkError) -> Self {
        switch type {
        case NetlinkType.error:
            guard body.count >= 4 else { throw .malformed(part: "error", offset: body.lowerBound) }
            // The kernel writes -errno; negating the least number would trap.
            let code = try bytes.hostInteger(Int32.self, at: body.lowerBound)
            return .error(code: code == .min ? .max : -code)
        case NetlinkType.done:
            return .done
        case NetlinkType.newRoute, NetlinkType.deleteRoute:
            return .route(try RouteMessage(body, of: bytes))
        case NetlinkType.newLink, NetlinkType.deleteLink:
            return .link(try LinkMessage(body, of: bytes))
        case NetlinkType.newAddress, NetlinkType.deleteAddress:
            return try AddressMessage(body, of: bytes).map { .address($0) } ?? .other(type: type)
        case NetlinkType.newNeighbour, NetlinkType.deleteNeighbour:
            return .neighbour(try NeighbourMessage(body, of: bytes))
        case NetlinkType.newRule, NetlinkType.deleteRule, NetlinkType.newNextHop, NetlinkType.deleteNextHop:
            return .policy
        default:
            return .other(type: type)
        }
    }

    /// Where the attributes lie behind a fixed part of `size` bytes.
    fileprivate static func attributes(
        of body: Range<Int>,
        after size: Int,
        part: String
    ) throws(NetlinkError) -> NetlinkAttributes {
        guard body.count >= size else { throw .malformed(part: part, offset: body.lowerBound) }
        return NetlinkAttributes(body.lowerBound + size..<body.upperBound)
    }
}

extension RouteMessage {
    /// `struct rtmsg` (12 bytes) and its attributes.
    init(_ body: Range<Int>, of bytes: RawSpan) throws(NetlinkError) {
        var attributes = try NetlinkMessage.attributes(of: body, after: 12, part: "route")
        let start = body.lowerBound
        kind = Kind(try bytes.hostInteger(UInt8.self, at: start + 7))
        table = UInt32(try bytes.hostInteger(UInt8.self, at: start + 4))
        destinationLength = Int(try bytes.hostInteger(UInt8.self, at: start + 1))
        nextHops = []
        while let attribute = try attributes.next(in: bytes) {
            switch attribute.type {
            case RouteAttribute.destination: destination = try bytes.address(in: attribute.payload)
            case RouteAttribute.outputInterface: interface = try bytes.hostInteger(Int32.self, of: attribute)
            case RouteAttribute.gateway: gateway = try bytes.address(in: attribute.payload)
            case RouteAttribute.via: gateway = try Self.via(attribute, of: bytes)
            case RouteAttribute.preferredSource: source = try bytes.address(in: attribute.payload)
            case RouteAttribute.table: table = try bytes.hostInteger(UInt32.self, of: attribute)
            case RouteAttribute.metrics: mtu = try Self.mtu(attribute, of: bytes)
            case RouteAttribute.multipath: nextHops = try Self.nextHops(attribute, of: bytes)
            default: break
            }
        }
    }

    /// `struct rtvia`: a gateway of the other family (RFC 8950).
    private static func via(_ attribute: NetlinkAttribute, of bytes: RawSpan) throws(NetlinkError) -> IPAddress {
        guard attribute.payload.count > 2 else {
            throw .malformed(part: "gateway", offset: attribute.payload.lowerBound)
        }
        return try bytes.address(in: attribute.payload.dropFirst(2))
    }

    private static func mtu(_ metrics: NetlinkAttribute, of bytes: RawSpan) throws(NetlinkError) -> Int? {
        var attributes = NetlinkAttributes(metrics.payload)
        var mtu: Int?
        while let attribute = try attributes.next(in: bytes) {
            guard attribute.type == RouteAttribute.metricMTU else { continue }
            let value = try bytes.hostInteger(UInt32.self, of: attribute)
            mtu = value == 0 ? nil : Int(value)
        }
        return mtu
    }

    /// A row of `struct rtnexthop`, each with its own attributes.
    private static func nextHops(_ attribute: NetlinkAttribute, of bytes: RawSpan) throws(NetlinkError) -> [NextHop] {
        var hops: [NextHop] = []
        var offset = attribute.payload.lowerBound
        let end = attribute.payload.upperBound
        while offset < end {
            guard end - offset >= 8 else { throw .malformed(part: "next hop", offset: offset) }
            let length = Int(try bytes.hostInteger(UInt16.self, at: offset))
            guard length >= 8, length <= end - offset else { throw .malformed(part: "next hop", offset: offset) }
            let weight = Int(try bytes.hostInteger(UInt8.self, at: offset + 3)) + 1
            let interface = try bytes.hostInteger(Int32.self, at: offset + 4)
            var hop = NextHop(interface: interface, gateway: nil, weight: weight)
            var inner = NetlinkAttributes(offset + 8..<offset + length)
            while let part = try inner.next(in: bytes) {
                if part.type == RouteAttribute.gateway { hop.gateway = try bytes.address(in: part.payload) }
                if part.type == RouteAttribute.via { hop.gateway = try via(part, of: bytes) }
            }
            hops.append(hop)
            offset += (length + 3) & ~3
        }
        return hops
    }
}

extension RouteMessage.Kind {
    init(_ type: UInt8) {
        switch type {
        case 1: self = .unicast
        case 2: self = .local
        case 3: self = .broadcast
        case 5: self = .multicast
        case 6: self = .blackhole
        case 7: self = .unreachable
        case 8: self = .prohibit
        case 9: self = .throw
        default: self = .other(type)
        }
    }
}

extension LinkMessage {
    /// `struct ifinfomsg` (16 bytes) and its attributes.
    init(_ body: Range<Int>, of bytes: RawSpan) throws(NetlinkError) {
        var attributes = try NetlinkMessage.attributes(of: body, after: 16, part: "link")
        isBridgePort = try bytes.hostInteger(UInt8.self, at: body.lowerBound) == NetlinkFamily.bridge
        index = try bytes.hostInteger(Int32.self, at: body.lowerBound + 4)
        flags = try bytes.hostInteger(UInt32.self, at: body.lowerBound + 8)
        name = ""
        mtu = 0
        while let attribute = try attributes.next(in: bytes) {
            switch attribute.type {
            case LinkAttribute.name: name = try bytes.text(in: attribute.payload)
            case LinkAttribute.mtu: mtu = Int(try bytes.hostInteger(UInt32.self, of: attribute))
            default: break
            }
        }
    }
}

extension AddressMessage {
    /// `struct ifaddrmsg` (8 bytes) and its attributes; nil without an IP address.
    init?(_ body: Range<Int>, of bytes: RawSpan) throws(NetlinkError) {
        var attributes = try NetlinkMessage.attributes(of: body, after: 8, part: "address")
        let family = try bytes.hostInteger(UInt8.self, at: body.lowerBound)
        guard family == NetlinkFamily.ipv4 || family == NetlinkFamily.ipv6 else { return nil }
        prefixLength = Int(try bytes.hostInteger(UInt8.self, at: body.lowerBound + 1))
        index = try bytes.hostInteger(Int32.self, at: body.lowerBound + 4)
        // On a point-to-point interface IFA_ADDRESS is the peer and IFA_LOCAL ours.
        var local: IPAddress?
        var address: IPAddress?
        while let attribute = try attributes.next(in: bytes) {
            switch attribute.type {
            case AddressAttribute.local: local = try bytes.address(in: attribute.payload)
            case AddressAttribute.address: address = try bytes.address(in: attribute.payload)
            default: break
            }
        }
        guard let own = local ?? address else { return nil }
        self.address = own
    }
}

extension NeighbourMessage {
    /// `struct ndmsg` (12 bytes) and its attributes.
    init(_ body: Range<Int>, of bytes: RawSpan) throws(NetlinkError) {
        var attributes = try NetlinkMessage.attributes(of: body, after: 12, part: "neighbour")
        let family = try bytes.hostInteger(UInt8.self, at: body.lowerBound)
        index = try bytes.hostInteger(Int32.self, at: body.lowerBound + 4)
        state = NeighbourState(kernel: try bytes.hostInteger(UInt16.self, at: body.lowerBound + 8))
        let isIP = family == NetlinkFamily.ipv4 || family == NetlinkFamily.ipv6
        while let attribute = try attributes.next(in: bytes) {
            if isIP, attribute.type == NeighbourAttribute.destination {
                address = try bytes.address(in: attribute.payload)
            }
        }
    }
}

extension NeighbourState {
    /// NUD_* (linux/neighbour.h); an interface without address resolution (NUD_NOARP) has none.
    init(kernel state: UInt16) {
        switch state {
        case 0x01: self = .incomplete
        case 0x02: self = .reachable
        case 0x04: self = .stale
        case 0x08: self = .delay
        case 0x10: self = .probe
        case 0x20: self = .failed
        case 0x80: self = .permanent
        case 0x00, 0x40: self = .none
        default: self = .unknown
        }
    }
}
