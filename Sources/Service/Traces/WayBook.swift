import Traceroute
import Wire

/// The ways of one target's flows, as successive traces show them.
///
/// A flow is what routers hash. Its number alone is not: a trace that meets another one to the same target leaves from other
/// ports, and those may lead over other parallel links, though no way has changed. So a way is compared with that of the same
/// port.
struct WayBook: Sendable {
    private struct Flow: Hashable {
        var number: Int
        var sourcePort: UInt16?

        init(_ flow: TraceFlow) {
            number = flow.number
            sourcePort = flow.sourcePort
        }
    }

    struct Change: Equatable {
        var former: String
        var present: String
    }

    private var ways: [Flow: KnownWay] = [:]
    /// A flow has reached the target. Before that is the case the ways are no more than where they ended last.
    private var isReached = false
    /// Of the ways of the last trace's flows.
    private(set) var hash: String?

    /// Ways kept; traces that run together are few.
    private static let limit = 8 * TraceRounds.flows

    /// Ways that it knows.
    var count: Int { ways.count }

    /// - Returns: the flows whose way is another one than before, and whether this is the first trace, or the first one to
    ///   reach the target.
    mutating func take(_ flows: [TraceFlow], interface: String?) -> (changes: [Change], isFirst: Bool) {
        let reaching = flows.filter { $0.distance != nil }
        let isFirst = !isReached && (ways.isEmpty || !reaching.isEmpty)
        if !isReached { ways = [:] }
        if !reaching.isEmpty { isReached = true }
        var changes: [Change] = []
        // What does not reach the target shows where it ends, not where the way has gone.
        for flow in isReached ? reaching : flows {
            guard var way = ways[Flow(flow)] else {
                ways[Flow(flow)] = KnownWay(flow.responders, interface: interface)
                continue
            }
            let former = way.text
            if way.update(flow.responders, interface: interface) {
                changes.append(Change(former: former, present: way.text))
            }
            ways[Flow(flow)] = way
        }
        let present = Set(flows.map(Flow.init))
        if ways.count > Self.limit { ways = ways.filter { present.contains($0.key) } }
        hash = Self.hash(ways.filter { present.contains($0.key) }.values.map(\.responders)) ?? hash
        return (changes, isFirst)
    }

    /// Over all flows: at each hop those who answer there. Nil without any.
    private static func hash(_ ways: [[IPAddress?]]) -> String? {
        guard let length = ways.map(\.count).max() else { return nil }
        let hops = (0..<length).map { index in
            let addresses = ways.compactMap { $0.indices.contains(index) ? $0[index] : nil }
            return (ttl: index + 1, responders: Array(Set(addresses)))
        }
        return RouteHash.text(RouteHash.value(hops))
    }
}
