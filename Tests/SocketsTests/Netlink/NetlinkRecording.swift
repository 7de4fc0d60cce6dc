import Sockets
import TestSupport

/// Messages recorded from Linux 6.18 in a private namespace, as hexadecimal text.
enum NetlinkRecording {
    static let names = [
        "dump-addresses", "dump-neighbours", "dump-routes", "error-blackhole", "error-ipv6-no-route",
        "error-no-neighbour", "error-no-route", "error-prohibit", "error-unreachable", "event-address-removed",
        "event-bridge-neighbour", "event-bridge-port-removed", "event-link-down", "event-link-removed",
        "event-neighbour-removed", "event-route-removed", "link", "neighbour-reachable", "route-ipv6", "route-local",
        "route-multipath-flow", "route-on-link", "route-via-ipv6",
    ]

    static func bytes(_ name: String) throws -> [UInt8] {
        let digits = try Repository.text(of: "Tests/Golden/netlink/\(name).hex").filter { !$0.isWhitespace }
        var bytes: [UInt8] = []
        var rest = digits[...]
        while let byte = UInt8(rest.prefix(2), radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    static func envelopes(_ name: String) throws -> [NetlinkEnvelope] {
        try decode(bytes(name))
    }

    static func decode(_ bytes: [UInt8]) throws(NetlinkError) -> [NetlinkEnvelope] {
        try NetlinkEnvelope.decode(bytes.span.bytes)
    }
}
