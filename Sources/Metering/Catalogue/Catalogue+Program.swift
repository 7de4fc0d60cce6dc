extension Catalogue {
    private static let alert = ["alert", "severity"]

    public static let alertActive = Family<Gauge>(
        "netprobe_alert_active",
        "Alerts of this name and severity that fire now.",
        labels: alert
    )
    public static let notifications = Family<Counter>(
        "netprobe_notifications_total",
        "Notifications that a receiver accepted.",
        labels: alert
    )
    public static let notificationsFailed = Family<Counter>(
        "netprobe_notifications_failed_total",
        "Notifications that a receiver did not accept.",
        labels: alert
    )
    public static let notificationLatency = Family<Histogram>(
        "netprobe_notification_latency_seconds",
        "From the decision that an alert fires or resolves until a receiver accepted it.",
        labels: alert,
        bounds: notificationBounds
    )

    static let notificationBounds: [Duration] =
        [10, 25, 50, 100, 250, 500].map { .milliseconds($0) } + [1, 3, 10, 30, 60, 300, 900].map { .seconds($0) }

    static let alerts: [MetricDefinition] = [
        alertActive.definition, notifications.definition, notificationsFailed.definition,
        notificationLatency.definition,
    ]

    public static let buildInfo = Family<Info>(
        "netprobe_build_info",
        "What is running; always 1.",
        labels: ["version"]
    )
    public static let vantageInfo = Family<Info>(
        "netprobe_vantage_info",
        "Where it stands; always 1.",
        labels: ["site", "vantage"]
    )
    public static let configReloadSuccessful = Family<Gauge>(
        "netprobe_config_last_reload_successful",
        "1 when the last load of the configuration took effect, 0 when a bad file left the former one running."
    )
    public static let configReloadTimestamp = Family<Gauge>(
        "netprobe_config_last_reload_success_timestamp_seconds",
        "When the running configuration was loaded, in seconds since 1970.",
        unit: "seconds"
    )

    static let program: [MetricDefinition] = [
        buildInfo.definition, vantageInfo.definition, configReloadSuccessful.definition,
        configReloadTimestamp.definition,
    ]

    public static let processCPU = Family<Counter>(
        "process_cpu_seconds_total",
        "Total user and system CPU time spent in seconds.",
        unit: "seconds"
    )
    public static let processResident = Family<Gauge>(
        "process_resident_memory_bytes",
        "Resident memory size in bytes.",
        unit: "bytes"
    )
    public static let processVirtual = Family<Gauge>(
        "process_virtual_memory_bytes",
        "Virtual memory size in bytes.",
        unit: "bytes"
    )
    public static let processOpenFiles = Family<Gauge>(
        "process_open_fds",
        "Number of open file descriptors."
    )
    public static let processMaximumFiles = Family<Gauge>(
        "process_max_fds",
        "Maximum number of open file descriptors."
    )
    public static let processStart = Family<Gauge>(
        "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.",
        unit: "seconds"
    )

    static let process: [MetricDefinition] = [
        processCPU.definition, processResident.definition, processVirtual.definition, processOpenFiles.definition,
        processMaximumFiles.definition, processStart.definition,
    ]
}
