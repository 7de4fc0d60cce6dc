public import Wire

extension TraceState {
    /// What an earlier trace, or another flow, found of the way.
    public struct Hint: Hashable, Sendable {
        /// TTL of the target, or of the last router.
        public var end: Int
        /// By TTL, from index 1.
        var responders: [IPAddress?]
        /// This host resets what the target accepts: each such probe is two packets for it.
        var isReset: Bool

        public init(end: Int, responders: [IPAddress?] = [], isReset: Bool = false) {
            self.end = end
            self.responders = responders
            self.isReset = isReset
        }
    }
}
