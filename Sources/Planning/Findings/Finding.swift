/// What one check found (contract §6, `check_status`).
public struct Finding: Sendable, Equatable {
    /// `unknown`: the check could not judge, or does not apply here; never a pass.
    public enum Status: String, Sendable, CaseIterable {
        case pass, warn, fail, unknown
    }

    /// The requirement, such as `BKP-21`, or `HOST-…` for what netprobe itself needs.
    public var id: String
    public var status: Status
    /// One sentence without a full stop; holds no secret.
    public var message: String
    /// Where it stands: `file` or `file:line`.
    public var place: String?
    /// What to do.
    public var advice: String?

    public init(_ id: String, _ status: Status, _ message: String, at place: String? = nil, advice: String? = nil) {
        self.id = id
        self.status = status
        self.message = message
        self.place = place
        self.advice = advice
    }
}
