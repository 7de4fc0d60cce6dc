/// The place where the target was, or where others have it, and where nobody answers any more: the way may have become longer
/// behind a router that never answers. Every few rounds the target is looked for behind it.
struct SilentPlace: Sendable {
    /// Rounds in a row without an answer before it is looked for where others have it.
    static let patience = 3
    /// The same of a live view, which keeps nothing else of the rounds before.
    static let patienceOfRounds = 2
    /// The same where the target has answered before: two answers from behind it are asked for then as well, for it may only
    /// lose much.
    static let patienceAtOwnPlace = 4
    /// Rounds from one look to the next.
    private static let pause = 3
    private static let proof = 2

    /// The round under way asks behind the place.
    private(set) var isLooking = false
    /// By round, the nearest TTL that the target answered behind the place.
    private var answers: [Int: Int] = [:]

    /// A round begins.
    /// - Parameter silent: rounds in a row in which nobody answered at the place.
    mutating func begin(silent: Int, patience: Int) {
        isLooking = silent >= patience && ((silent - patience) % Self.pause == 0 || !answers.isEmpty)
    }

    /// The target is where it was thought to be.
    mutating func settle() { self = SilentPlace() }

    /// It answered behind the place.
    /// - Returns: where it is, once that is proven.
    mutating func take(_ ttl: Int, round: Int) -> Int? {
        guard isLooking else { return nil }
        answers[round] = min(answers[round] ?? ttl, ttl)
        return answers.count >= Self.proof ? answers[round] : nil
    }
}
