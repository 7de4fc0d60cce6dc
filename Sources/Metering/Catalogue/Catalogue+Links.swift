extension Catalogue {
    public static let linkStates = ["protected", "at_risk", "failed_over", "down", "unknown"]

    public static let linkState = Family<StateSet>(
        "netprobe_link_state",
        "State of the link: exactly one of the states is 1.",
        labels: link,
        stateLabel: "state",
        states: linkStates
    )
    public static let linkPathActive = Family<Gauge>(
        "netprobe_link_path_active",
        "1 on each path that carries the link's traffic now, else 0.",
        labels: linkAndPath + ["tier"]
    )
    public static let linkActiveTier = Family<Gauge>(
        "netprobe_link_active_tier",
        "Tier that carries the traffic: 1 is the preferred, 0 none; absent while unknown.",
        labels: link
    )
    public static let linkPathFlowRatio = Family<Gauge>(
        "netprobe_link_path_flow_ratio",
        "Part of the link's flows seen on the path; absent while unknown.",
        unit: "ratio",
        labels: linkAndPath
    )
    public static let linkFlowsLost = Family<Gauge>(
        "netprobe_link_flows_lost",
        "Flows of the workload that are down now.",
        labels: ["link", "target"]
    )
    public static let linkFlowLossRatio = Family<Gauge>(
        "netprobe_link_flow_loss_ratio",
        "Part of the flow's probes lost over the last minute.",
        unit: "ratio",
        labels: ["link", "target", "flow"]
    )
    public static let linkFailovers = Family<Counter>(
        "netprobe_link_failovers_total",
        "Moves of the traffic from tier to tier.",
        labels: ["link", "from", "to"]
    )
    public static let linkShifts = Family<Counter>(
        "netprobe_link_shifts_total",
        "Moves of the traffic inside a tier.",
        labels: link
    )
    public static let linkBlind = Family<Counter>(
        "netprobe_link_blind_seconds_total",
        "Time in which overload, isolation of this host, a stop or a reload hid the link.",
        unit: "seconds",
        labels: link
    )
    public static let linkOutage = Family<Histogram>(
        "netprobe_link_outage_seconds",
        "Outages that ended: from the sending of the last answered probe to that of the first answered one.",
        labels: link,
        bounds: outageBounds
    )
    public static let linkCurrentOutage = Family<Gauge>(
        "netprobe_link_current_outage_seconds",
        "Duration so far of the outage that is open; 0 for none.",
        unit: "seconds",
        labels: link
    )
    public static let linkLastOutage = Family<Gauge>(
        "netprobe_link_last_outage_seconds",
        "Duration of the last outage that ended; 0 before the first.",
        unit: "seconds",
        labels: link
    )
    public static let linkLastOutageEnd = Family<Gauge>(
        "netprobe_link_last_outage_end_timestamp_seconds",
        "When the last outage ended, in seconds since 1970; 0 before the first.",
        unit: "seconds",
        labels: link
    )

    /// From a lost packet to a route that is never withdrawn; 75 s and 180 s are the budgets with and without BFD.
    static let outageBounds: [Duration] =
        [.milliseconds(100), .milliseconds(300), .milliseconds(500)]
        + [1, 3, 10, 15, 30, 60, 75, 180, 200, 600, 3600].map { .seconds($0) }

    static let links: [MetricDefinition] = [
        linkState.definition, linkPathActive.definition, linkActiveTier.definition, linkPathFlowRatio.definition,
        linkFlowsLost.definition, linkFlowLossRatio.definition, linkFailovers.definition, linkShifts.definition,
        linkBlind.definition, linkOutage.definition, linkCurrentOutage.definition, linkLastOutage.definition,
        linkLastOutageEnd.definition,
    ]
}
