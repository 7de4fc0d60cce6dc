/// What the server answers (contract §4).
enum Route: String, CaseIterable, Sendable {
    case home = "/"
    case metrics = "/metrics"
    case links = "/api/v1/links"
    case paths = "/api/v1/paths"
    case alerts = "/api/v1/alerts"
    case events = "/api/v1/events"
    case path = "/api/v1/path"
    case probe = "/probe"
    case configuration = "/config"
    case healthy = "/-/healthy"
    case ready = "/-/ready"
    case reload = "/-/reload"

    /// The value of `Allow`.
    var allowed: [String] { self == .reload ? ["POST"] : ["GET", "HEAD"] }

    /// For the first page; nil for what is not looked at in a browser.
    var caption: String? {
        switch self {
        case .home, .reload, .path, .probe: nil
        case .metrics: "Metrics for Prometheus"
        case .links: "Links (JSON)"
        case .paths: "Paths (JSON)"
        case .alerts: "Alerts (JSON)"
        case .events: "Events (JSON)"
        case .configuration: "Running configuration"
        case .healthy: "Health"
        case .ready: "Readiness"
        }
    }
}
