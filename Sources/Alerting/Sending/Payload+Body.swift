import Model
import Sockets

extension Payload {
    /// The body of one request with these notices, which are of one group.
    /// - Throws: `SecretError` where the format carries a key that cannot be read.
    func body(
        _ notices: [AlertNotice],
        settings: ReceiverSettings,
        now: WallTime
    ) throws(SecretError) -> [UInt8] {
        switch format {
        case .alertmanagerAPI: JSONValue.array(notices.map { postableAlert($0, now: now) }).bytes()
        case .alertmanager: webhook(notices, receiver: "netprobe", now: now).bytes()
        case .slack: slack(notices).bytes()
        case .teams: teams(notices).bytes()
        case .pagerduty:
            pagerDuty(notices, routingKey: try settings.routingKey?.reveal() ?? "", now: now).bytes()
        }
    }
}
