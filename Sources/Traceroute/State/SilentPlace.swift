/// The place where the target was, or where others have it, and where nobody answers any more: the way may have become longer
/// behind a router that never answers. Every few rounds the target is looked for behind it.
///
/// One that loses or limits answers is silent for some rounds too, and answers now and then behind its place as at it. Only a target
/// that has moved away answers every packet from its new place on while all to the old one stay silent. One that answers by ICMP
/// errors has few of them: it is looked for once it has had the time to save some, and has to answer the first packets only.
struct SilentPlace: Sendable {
    /// Rounds in a row without an answer before it is looked for where others have it.
    static let patience = 3
    /// The same of a live view, which keeps nothing else of the rounds before.
    static let patienceOfRounds = 2
    /// The same where the target has answered before.
    static let patienceAtOwnPlace = 4
    /// In which a host saves the errors that a look needs; one that is asked at its place all the time is not silent for so long.
    static let savings: Duration = .milliseconds(3_500)
    /// Silent rounds in a row that are no chance where one answers by errors, so that one look proves it.
    private static let certainty = 20
    /// Rounds from one look to the next.
    private static let pause = 3
    /// TTLs behind the place that are asked, one by one; the farthest allowed is another.
    private static let reach = 4
    /// Of those the target has to answer, all up to the farthest.
    private static let least = 3

    /// The round under way asks behind the place.
    private(set) var isLooking = false
    /// The last look: its round, and how many were silent before.
    private var last: (round: Int, silent: Int)?
    private var place = 0
    private var isByErrors = false
    /// TTLs behind it that are asked.
    private var asked: [Int] = []
    /// By round that looked: what the target answered of them.
    private var answers: [Int: Set<Int>] = [:]

    /// A round begins.
    /// - Parameters:
    ///   - silent: rounds in a row in which nobody answered at the place.
    ///   - place: nil where something else is known of the end of the way.
    ///   - isByErrors: the target answers by errors, and has saved some.
    mutating func begin(round: Int, silent: Int, patience: Int, place: Int?, maxHops: Int, isByErrors: Bool = false) {
        isLooking = false
        guard let place else { return settle() }
        if place != self.place {
            settle()
            self.place = place
            asked = (place + 1...place + Self.reach).filter { $0 < maxHops } + (place < maxHops ? [maxHops] : [])
        }
        guard silent >= patience, asked.count >= Self.least else { return }
        // Rounds may begin faster than their answers are missed.
        if let last, last.silent == silent, last.round != round { return }
        self.isByErrors = isByErrors
        isLooking =
            isByErrors || (silent - patience) % Self.pause == 0 || answers.values.contains { end(of: $0) != nil }
        guard isLooking else { return }
        answers[round] = answers[round] ?? []
        last = (round, silent)
    }

    /// What follows this TTL in a round that looks; nil at its end.
    func ttl(from ttl: Int) -> Int? {
        let index = ttl - place - 1
        return index < 0 ? ttl : asked.indices.contains(index) ? asked[index] : nil
    }

    /// The target is where it was thought to be, or something else is known of it.
    mutating func settle() { self = SilentPlace() }

    /// It answered behind the place.
    /// - Parameter proofs: rounds that must show it.
    /// - Returns: where it is, once that is proven.
    mutating func take(_ ttl: Int, round: Int, proofs: Int) -> Int? {
        guard answers[round] != nil else { return nil }
        answers[round]?.insert(ttl)
        let ends = answers.values.compactMap(end)
        let isCertain = isByErrors && (last?.silent ?? 0) >= Self.certainty
        return ends.count >= (isCertain ? 1 : proofs) ? ends.min() : nil
    }

    /// It is one of the TTLs that a round which looked has asked behind the place.
    func isBehind(_ ttl: Int, round: Int) -> Bool { ttl > place && answers[round] != nil }

    /// Where the target is as one round has it.
    private func end(of answers: Set<Int>) -> Int? {
        guard let first = answers.min() else { return nil }
        let rest = asked.filter { $0 >= first }
        guard rest.count >= Self.least else { return nil }
        return rest.prefix(isByErrors ? Self.least : rest.count).allSatisfy(answers.contains) ? first : nil
    }
}
