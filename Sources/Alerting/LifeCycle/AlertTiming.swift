/// The life cycle's times, and the labels that every alert carries.
public struct AlertTiming: Sendable, Equatable {
    /// How far ahead `endsAt` lies (`alerting.ends_after`).
    public var endsAfter: Duration
    /// How often a firing alert is sent again.
    public var resendEvery: Duration
    /// How long a resolved one is repeated.
    public var repeatResolvedFor: Duration

    public init(
        endsAfter: Duration = .seconds(900),
        resendEvery: Duration = .seconds(60),
        repeatResolvedFor: Duration = .seconds(900)
    ) {
        self.endsAfter = endsAfter
        self.resendEvery = resendEvery
        self.repeatResolvedFor = repeatResolvedFor
    }
}
