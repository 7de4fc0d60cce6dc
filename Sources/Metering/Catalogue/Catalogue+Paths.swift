extension Catalogue {
    public static let pathStates = ["up", "degraded", "drained", "down", "unknown"]
    public static let pinStates = ["verified", "unverified", "wrong"]
    public static let bfdStates = ["admin_down", "down", "init", "up"]

    public static let pathInfo = Family<Info>(
        "netprobe_path_info",
        "What a path is; always 1.",
        labels: ["path", "kind", "circuit", "connection", "peering", "provider"]
    )
    public static let pathUp = Family<Gauge>(
        "netprobe_path_up",
        "1 when the path is up, degraded or drained, 0 when down; absent while unknown.",
        labels: linkAndPath
    )
    public static let pathState = Family<StateSet>(
        "netprobe_path_state",
        "State of the path: exactly one of the states is 1.",
        labels: linkAndPath,
        stateLabel: "state",
        states: pathStates
    )
    public static let pathEdgeAnswering = Family<Gauge>(
        "netprobe_path_edge_answering",
        "1 when the far end of the path's own hop answers; absent until known.",
        labels: ["path"]
    )
    public static let pathPinned = Family<StateSet>(
        "netprobe_path_pinned",
        "Whether probes of the path leave and return by it: exactly one of the states is 1.",
        labels: ["path", "leg"],
        stateLabel: "state",
        states: pinStates
    )

    static let paths: [MetricDefinition] = [
        pathInfo.definition, pathUp.definition, pathState.definition, pathEdgeAnswering.definition,
        pathPinned.definition,
    ]

    public static let pathMTU = Family<Gauge>(
        "netprobe_path_mtu_bytes",
        "Largest packet that the route takes.",
        unit: "bytes",
        labels: linkAndPath + ["target"]
    )
    public static let pathHops = Family<Gauge>(
        "netprobe_path_hops",
        "Hops to the target in the last trace.",
        labels: linkAndPath + ["target"]
    )
    public static let pathRoute = Family<Info>(
        "netprobe_path_route_info",
        "Hash of the hops to the target; another hash is another way.",
        labels: linkAndPath + ["target", "hash"]
    )
    public static let pathChanges = Family<Counter>(
        "netprobe_path_changes_total",
        "Changes of the hops to the target.",
        labels: linkAndPath + ["target"]
    )

    public static let pathFlowLoss = Family<Gauge>(
        "netprobe_path_flow_loss_ratio",
        "Loss of each flow of the last trace at the target, from 0 to 1; four flows a target and path.",
        unit: "ratio",
        labels: linkAndPath + ["target", "flow"]
    )

    static let traces: [MetricDefinition] = [
        pathMTU.definition, pathHops.definition, pathRoute.definition, pathChanges.definition,
        pathFlowLoss.definition,
    ]

    public static let ikeResponderUp = Family<Gauge>(
        "netprobe_ike_responder_up",
        "1 when the VPN gateway answered IKE last; 0 is silence, which proves nothing. Absent until probed.",
        labels: ["path", "target"]
    )
    public static let bfdSessionState = Family<StateSet>(
        "netprobe_bfd_session_state",
        "State of the BFD session (RFC 5880): exactly one of the states is 1.",
        labels: ["path", "target"],
        stateLabel: "state",
        states: bfdStates
    )

    static let gateways: [MetricDefinition] = [
        ikeResponderUp.definition, bfdSessionState.definition, lostESP.definition,
    ]
}
