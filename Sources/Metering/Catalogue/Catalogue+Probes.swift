internal import Model

extension Catalogue {
    public static let probeSent = Family<Counter>(
        "netprobe_probe_sent_total",
        "Probes sent, counted when settled: a packet in flight never reads as loss.",
        labels: probe
    )
    public static let probeReceived = Family<Counter>(
        "netprobe_probe_received_total",
        "Probes answered within their time-out.",
        labels: probe
    )
    public static let probeDuplicates = Family<Counter>(
        "netprobe_probe_duplicates_total",
        "Second answers to a probe that was answered already.",
        labels: probe
    )
    public static let probeReordered = Family<Counter>(
        "netprobe_probe_reordered_total",
        "Answers that overtook the answer to an earlier probe.",
        labels: probe
    )
    public static let probeInvalid = Family<Counter>(
        "netprobe_probe_invalid_total",
        "Probes spoiled by this host itself (overload, a stop, a clock step): neither answered nor lost.",
        labels: probe
    )
    public static let probeFailures = Family<Counter>(
        "netprobe_probe_failures_total",
        "Probes that failed, by reason.",
        labels: probe + ["reason"]
    )
    public static let probeSuccess = Family<Gauge>(
        "netprobe_probe_success",
        "1 when the last settled probe was answered, else 0.",
        labels: probe
    )
    public static let probeLastAnswer = Family<Gauge>(
        "netprobe_probe_last_answer_timestamp_seconds",
        "When the last answer came, in seconds since 1970; 0 before the first.",
        unit: "seconds",
        labels: probe
    )
    public static let probeRTT = Family<Histogram>(
        "netprobe_probe_rtt_seconds",
        "Round trip of answered probes.",
        labels: probe,
        bounds: roundTripBounds
    )
    public static let probeClock = Family<StateSet>(
        infoName: "netprobe_probe_clock_info",
        "Whence the stamps of the last answer came; of a request those of its connect phase.",
        labels: probe,
        stateLabel: "clock",
        states: StampClock.allCases.map(\.rawValue)
    )
    public static let probePhase = Family<Gauge>(
        "netprobe_probe_phase_seconds",
        "Duration of each phase of the last probe that had it.",
        unit: "seconds",
        labels: probe + ["phase"]
    )

    public static let probeCertificate = Family<Gauge>(
        "netprobe_probe_certificate_expiry_timestamp_seconds",
        "When the first of the certificates ends that the last handshake showed, also when it was refused.",
        unit: "seconds",
        labels: probe
    )

    public static let probeRetransmissions = Family<Counter>(
        "netprobe_probe_retransmitted_segments_total",
        "SYNs that probes sent again, and where the interface is captured also their segments with data: the network's part in "
            + "a slow answer.",
        labels: probe
    )

    public static let stampLost = Family<Counter>(
        "netprobe_stamp_lost_packets_total",
        "Packets of a STAMP session lost on the way to the reflector or back, once its own count has told; what it "
            + "cannot tell (a stateless or restarted reflector) is not in it.",
        labels: probe + ["direction"]
    )

    /// 50 µs, doubled nineteen times: 26.2 s. The bounds of smokeping_prober, which dashboards know.
    static let roundTripBounds = (0..<20).map { Duration.microseconds(50 << $0) }

    static let probes: [MetricDefinition] = [
        probeSent.definition, probeReceived.definition, probeDuplicates.definition, probeReordered.definition,
        probeInvalid.definition, probeFailures.definition, probeSuccess.definition, probeLastAnswer.definition,
        probeRTT.definition, probeClock.definition, probePhase.definition, probeCertificate.definition,
        probeRetransmissions.definition,
        stampLost.definition,
    ]
}
