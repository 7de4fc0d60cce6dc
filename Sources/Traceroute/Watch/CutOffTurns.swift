internal import Wire

/// Flows that end before a target which limits its errors. It answers what comes first, so each round of a live view asks its flows
/// in an order of chance: those that get there have their share of the answers sooner or later, each flow and each way.
struct CutOffTurns: Sendable {
    private enum Subject: Hashable {
        case flow(Int)
        /// Routers that several flows share, by TTL.
        case way([Int: IPAddress])
    }

    /// Of subjects that were silent since they were last answered: how probable that would be if they got there.
    private var chances: [Subject: Double] = [:]
    /// By number of the flow and TTL, who answered last.
    private var routers: [Int: [Int: IPAddress]] = [:]
    /// By number.
    private(set) var members: Set<Int> = []

    /// So improbable that it would happen once in many days of rounds.
    private static let proof = 1e-7

    /// - Parameter flows: of one round.
    mutating func add(_ flows: [TraceFlow]) {
        learn(flows)
        let asked = flows.filter { $0.statistics.sent > 0 }
        let answered = asked.count { $0.statistics.received > 0 }
        var subjects: [Subject: [TraceFlow]] = [:]
        for flow in asked {
            subjects[.flow(flow.number)] = [flow]
            subjects[.way(routers[flow.number] ?? [:]), default: []].append(flow)
        }
        let former = chances
        chances = [:]
        members = []
        for (subject, flows) in subjects where flows.allSatisfy({ $0.statistics.received == 0 }) {
            let chance = (former[subject] ?? 1) * Self.chance(ofSilence: flows.count, answered, of: asked.count)
            chances[subject] = chance
            if chance <= Self.proof { members.formUnion(flows.map(\.number)) }
        }
    }

    /// The answers may have gone to any flows: the hypergeometric distribution.
    private static func chance(ofSilence silent: Int, _ answered: Int, of asked: Int) -> Double {
        (0..<silent).reduce(1) { chance, drawn in
            chance * Double(max(asked - answered - drawn, 0)) / Double(asked - drawn)
        }
    }

    private mutating func learn(_ flows: [TraceFlow]) {
        let former = routers
        routers = [:]
        for flow in flows {
            var known = former[flow.number] ?? [:]
            for (index, responder) in flow.responders.enumerated() where index + 1 < flow.distance ?? .max {
                if let responder { known[index + 1] = responder }
            }
            routers[flow.number] = known
        }
    }
}
