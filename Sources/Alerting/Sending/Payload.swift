import Model

/// What one receiver is sent: bodies of its format, made from notices.
struct Payload: Sendable {
    var format: ReceiverSettings.Format
    var runbookBase: String
    var generatorURL: String
    var endsAfter: Duration

    /// Whether receivers of this format want the notice at all. Only Alertmanager needs repetitions; the watchdog is
    /// for machines that miss it.
    func wants(_ notice: AlertNotice) -> Bool {
        switch format {
        case .alertmanagerAPI: true
        case .alertmanager: notice.isNews || notice.identity.name == .watchdog
        case .slack, .teams, .pagerduty: notice.isNews && notice.identity.name != .watchdog
        }
    }

    /// The most notices in one request.
    var batchLimit: Int {
        switch format {
        case .alertmanagerAPI, .alertmanager: 64
        case .slack: 20
        case .teams: 6
        case .pagerduty: 1
        }
    }

    /// Notices of different groups never share a request.
    func group(_ notice: AlertNotice) -> String {
        format == .alertmanager ? notice.identity.name.rawValue : ""
    }

    func url(_ base: String) -> String {
        guard format == .alertmanagerAPI else { return base }
        return String(base.reversed().drop { $0 == "/" }.reversed()) + "/api/v2/alerts"
    }

    /// The labels and annotations as sent.
    func annotations(_ notice: AlertNotice) -> [(String, String)] {
        let texts = notice.annotations
        let all: [(String, String)] = [
            ("summary", texts.summary), ("description", texts.description), ("layer", texts.layer ?? ""),
            ("owner", texts.owner?.rawValue ?? ""), ("links", texts.links.joined(separator: ", ")),
            ("runbook_url", notice.identity.name.runbook(base: runbookBase)),
        ]
        return all.filter { !$0.1.isEmpty }
    }

    /// How far `endsAt` of a firing alert lies ahead counts from the sending, however long it had to wait.
    func endsAt(_ notice: AlertNotice, now: WallTime) -> WallTime {
        let start = startsAt(notice, now: now)
        return notice.isResolved ? max(start, min(notice.endsAt, now)) : max(start, now) + endsAfter
    }

    /// A wall clock that was stepped back since makes no alert start in the future.
    func startsAt(_ notice: AlertNotice, now: WallTime) -> WallTime { min(notice.startsAt, now) }
}
