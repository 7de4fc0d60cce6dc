import Document

extension Schema {
    static let circuit = Section(
        "circuits.NAME",
        "An ExpressRoute circuit. Its paths are `NAME/primary` and `NAME/secondary`.",
        [
            .init("provider", "text", default: "null", "Label of its paths."),
            .init("peering", "private, microsoft", default: "private", "What the circuit carries."),
            .init("primary", "mapping", default: nil, "The primary connection."),
            .init("secondary", "mapping", default: nil, "The secondary connection."),
            .init(
                "bfd",
                "off, observe, session",
                default: "off",
                "`observe` needs a tap, or netprobe on the customer edge."
            ),
        ]
    )

    static let leg = Section(
        "circuits.NAME.primary",
        "One connection; `secondary` likewise.",
        [
            .init(
                "subnet",
                "/30 or /126",
                default: nil,
                "First address customer, second Microsoft edge. The subnets of a circuit do not overlap."
            ),
            .init("pin", "mapping", default: "null", "How probes are sent this way; null: by the host's route."),
            .init("edge", "list of probes", default: "icmp:// the Microsoft edge", "Does the far end answer."),
        ]
    )

    static let pin = Section(
        "circuits.NAME.primary.pin",
        "How probes are sent along a path; the same for `secondary` and `vpns.NAME.pin`. Exactly one of `source`, "
            + "`interface` and `mark`. Receiving is never bound.",
        [
            .init("source", "address", default: "null", "A local address to send from."),
            .init("interface", "interface", default: "null", "An interface to send through."),
            .init("mark", "number, 1 to 0xffffffff", default: "null", "A packet mark (SO_MARK)."),
            .init("dscp", "whole number, 0 to 63", default: "null", "Differentiated services code point."),
            .init(
                "next_hop",
                "address",
                default: "null",
                "Gateway for ICMP where the interface has no route; other probes then say `no_route`."
            ),
            .init(
                "returns",
                "true, false",
                default: "false",
                "The source is announced over this path only, so answers come back this way."
            ),
        ]
    )

    static let vpn = Section(
        "vpns.NAME",
        "A site-to-site VPN. Its path is `NAME`, which is neither `internet` nor a circuit's name. It carries private "
            + "peering only.",
        [
            .init("gateways", "list of hosts", default: "[]", "Names or addresses of the VPN gateways."),
            .init("pin", "mapping", default: "null", "How probes are sent this way; null: by the host's route."),
            .init("edge", "list of probes", default: "[]", "Does the far end of the tunnel answer."),
            .init(
                "ike",
                "off, hint, required",
                default: "hint",
                "`hint`: an answer is evidence, silence is none. `required`: the gateways count as an edge."
            ),
        ]
    )

    static let internet = Section(
        "internet",
        "The path over the Internet, for links of `peering: microsoft`.",
        [
            .init(
                "pin",
                "mapping",
                default: "null",
                "How probes are sent this way; null: by the host's route, so that it is tested only while traffic takes it."
            ),
            .init("edge", "list of probes", default: "[]", "Does the far end of the uplink answer."),
        ]
    )

    static let maintenance = Section(
        "maintenance[]",
        "A window in which the alerts of its object are information. Exactly one of `circuit`, `vpn` and `link`.",
        [
            .init("circuit", "name of a circuit", default: "null", "The object."),
            .init("connection", "primary, secondary", default: "null", "With `circuit`: only this connection."),
            .init("vpn", "name of a VPN", default: "null", "The object."),
            .init("link", "name of a link", default: "null", "The object."),
            .init("from", "time of RFC 3339", default: nil, "Start; seconds may be left out, the zone not."),
            .init("to", "time of RFC 3339", default: nil, "End, after the start."),
            .init("ticket", "text", default: "null", "A label of its alerts."),
        ]
    )
}
