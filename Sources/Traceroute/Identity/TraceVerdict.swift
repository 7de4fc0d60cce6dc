public import Model

/// What a trace says in one sentence.
public struct TraceVerdict: Hashable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
        case reached, degraded, unreachable

        /// Of the command (contract §3).
        public var exitStatus: Int32 {
            switch self {
            case .reached: 0
            case .unreachable: 1
            case .degraded: 2
            }
        }
    }

    public var status: Status
    /// Nil when all is well or nothing proves a place.
    public var layer: Layer?
    public var sentence: String
    public var evidence: [String]

    public var owner: Owner? { layer?.owner }

    /// The sentence, and whose it is where that is known.
    var text: String { sentence + (layer.map { " Layer \($0.rawValue), owner \($0.owner.rawValue)." } ?? "") }

    public init(status: Status, layer: Layer? = nil, sentence: String, evidence: [String] = []) {
        self.status = status
        self.layer = layer
        self.sentence = sentence
        self.evidence = evidence
    }
}
