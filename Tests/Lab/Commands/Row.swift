/// A line of the table of docs/failover.md.
struct Row {
    var what: String
    /// In words; empty where nothing is promised.
    var bound = ""
    var measured: String
    /// Whether the bound was kept.
    var isKept = true

    var text: String { "| \(what) | \(bound.isEmpty ? "" : "\(bound) ")| \(measured) |" }
}
