internal import Model
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
        /// The target answers by ICMP errors.
        var isByErrors: Bool
        /// The shortest round trip of a SYN and its answer.
        var bestConnect: Duration?
        /// Rounds in a row, up to now, in which nobody answered at the end.
        var silentRounds: Int

        public init(
            end: Int,
            responders: [IPAddress?] = [],
            isReset: Bool = false,
            isByErrors: Bool = false,
            silentRounds: Int = 0
        ) {
            self.end = end
            self.responders = responders
            self.isReset = isReset
            self.isByErrors = isByErrors
            self.silentRounds = silentRounds
        }
    }
}

extension TraceState {
    /// What this flow knows of the way, for another one or for the next round.
    func hint(to end: Int) -> Hint {
        var hint = Hint(end: end, responders: likelyResponders, isReset: isReset, isByErrors: isByErrors)
        hint.bestConnect = bestConnect
        return hint
    }
}

extension MultipathState {
    /// What the next round is told of the ways of these flows, by name.
    /// - Parameter former: what this one was told.
    func hints(after former: [Int: TraceState.Hint]) -> [Int: TraceState.Hint] {
        var hints = former
        for (index, flow) in flows.enumerated() {
            let name = name(of: index)
            // The first flow goes where others have found it.
            if let end = flow.distance ?? (index == 0 && former[name] == nil ? distance : nil) {
                let known = former[name]?.responders ?? []
                var hint = flow.hint(to: end)
                hint.responders = hint.responders.enumerated().map { ttl, responder in
                    responder ?? (ttl < end && known.indices.contains(ttl) ? known[ttl] : nil)
                }
                hints[name] = hint
            } else if var hint = former[name] {
                hint.silentRounds += 1
                hints[name] = hint
            }
        }
        return hints
    }
}
