extension Catalogue {
    private static let captured = ["interface", "path"]

    public static let capturePackets = Family<Counter>(
        "netprobe_capture_packets_total",
        "Captured packets of the traffic that is followed (TCP, ESP, BFD); the path is that of the interface, empty where it "
            + "belongs to none alone.",
        labels: captured
    )
    public static let captureDropped = Family<Counter>(
        "netprobe_capture_dropped_total",
        "Packets that kernel and adapter dropped because this host was too slow: what was counted meanwhile is not "
            + "reliable.",
        labels: captured
    )
    public static let handshakeRTT = Family<Histogram>(
        "netprobe_tcp_handshake_rtt_seconds",
        "Round trips of other people's and our own TCP handshakes from the capture to an end that is not this host, by "
            + "what crossed the wire; the path is empty where nothing says which it was.",
        labels: captured,
        bounds: roundTripBounds
    )
    public static let segmentRTT = Family<Histogram>(
        "netprobe_tcp_rtt_seconds",
        "Round trips from a TCP segment to the ACK that ends with it, from the capture to an end that is not this host; the "
            + "receiver's delayed ACK is in it, so the low quantiles speak for the network.",
        labels: captured,
        bounds: roundTripBounds
    )
    public static let retransmittedSegments = Family<Counter>(
        "netprobe_tcp_retransmitted_segments_total",
        "TCP segments that were seen again.",
        labels: captured
    )

    static let captures: [MetricDefinition] = [
        capturePackets.definition, captureDropped.definition, handshakeRTT.definition, segmentRTT.definition,
        retransmittedSegments.definition,
    ]

    public static let lostESP = Family<Counter>(
        "netprobe_esp_lost_packets_total",
        "Sequence numbers of the VPN's ESP that never came, seen from outside: forward to the gateway, backward from it. "
            + "What this host's own drops hid is not counted.",
        labels: ["path", "direction"]
    )
}
