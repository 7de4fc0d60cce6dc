/// Message types (linux/netlink.h, linux/rtnetlink.h).
enum NetlinkType {
    static let error: UInt16 = 2
    static let done: UInt16 = 3
    static let newLink: UInt16 = 16
    static let deleteLink: UInt16 = 17
    static let getLink: UInt16 = 18
    static let newAddress: UInt16 = 20
    static let deleteAddress: UInt16 = 21
    static let getAddress: UInt16 = 22
    static let newRoute: UInt16 = 24
    static let deleteRoute: UInt16 = 25
    static let getRoute: UInt16 = 26
    static let newNeighbour: UInt16 = 28
    static let deleteNeighbour: UInt16 = 29
    static let getNeighbour: UInt16 = 30
    static let newRule: UInt16 = 32
    static let deleteRule: UInt16 = 33
    static let newNextHop: UInt16 = 104
    static let deleteNextHop: UInt16 = 105
}

/// Flags of a message header (linux/netlink.h).
enum NetlinkFlag {
    static let request: UInt16 = 0x1
    static let dumpInterrupted: UInt16 = 0x10
    static let dump: UInt16 = 0x300
}

/// Address families as rtnetlink writes them.
enum NetlinkFamily {
    static let unspecified: UInt8 = 0
    static let ipv4: UInt8 = 2
    static let bridge: UInt8 = 7
    static let ipv6: UInt8 = 10
}

/// RTA_* (linux/rtnetlink.h).
enum RouteAttribute {
    static let destination: UInt16 = 1
    static let source: UInt16 = 2
    static let outputInterface: UInt16 = 4
    static let gateway: UInt16 = 5
    static let preferredSource: UInt16 = 7
    static let metrics: UInt16 = 8
    static let multipath: UInt16 = 9
    static let table: UInt16 = 15
    static let mark: UInt16 = 16
    static let via: UInt16 = 18
    static let ipProtocol: UInt16 = 27
    static let sourcePort: UInt16 = 28
    static let destinationPort: UInt16 = 29
    /// RTAX_MTU, inside `metrics`.
    static let metricMTU: UInt16 = 2
}

/// IFLA_* (linux/if_link.h), IFA_* (linux/if_addr.h) and NDA_* (linux/neighbour.h).
enum LinkAttribute {
    static let name: UInt16 = 3
    static let mtu: UInt16 = 4
}

enum AddressAttribute {
    static let address: UInt16 = 1
    static let local: UInt16 = 2
}

enum NeighbourAttribute {
    static let destination: UInt16 = 1
}

/// IFF_* (linux/if.h).
enum LinkFlag {
    static let up: UInt32 = 0x1
    static let noARP: UInt32 = 0x80
    static let loopback: UInt32 = 0x8
    static let pointToPoint: UInt32 = 0x10
    static let lowerUp: UInt32 = 0x10000
}

/// RTNLGRP_*: the multicast groups of a watcher, as the bit mask that `bind` takes.
enum NetlinkGroup {
    static let link = bit(1)
    static let neighbour = bit(3)
    static let ipv4Address = bit(5)
    static let ipv4Route = bit(7)
    static let ipv4Rule = bit(8)
    static let ipv6Address = bit(9)
    static let ipv6Route = bit(11)
    static let ipv6Rule = bit(19)
    static let nextHop = bit(32)

    /// Everything that can change how a packet leaves this host.
    static let all =
        link | neighbour | ipv4Address | ipv4Route | ipv4Rule | ipv6Address | ipv6Route | ipv6Rule | nextHop

    private static func bit(_ group: UInt32) -> UInt32 { 1 << (group - 1) }
}
