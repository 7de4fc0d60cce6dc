import Model

extension LinksModel {
    /// Whether a path that is up is degraded or drained. Degraded is entered over the limits and left at half of them.
    mutating func judgeQuality(of path: Int, of link: Int, _ changes: inout [LinksChange]) {
        let record = links[link].paths[path]
        guard record.state.isUp else { return }
        let detection = links[link].spec.detection
        let indices = record.throughs.isEmpty ? paths[record.path].edges : record.throughs
        let isBad = isOverLimits(indices, detection, scale: 1)
        if isBad {
            links[link].paths[path].isDegraded = true
        } else if record.isDegraded, !isOverLimits(indices, detection, scale: 0.5) {
            links[link].paths[path].isDegraded = false
        }
        let (state, reasons) = quality(of: path, of: link)
        enter(state, path, link, layer: record.layer, reasons, &changes)
    }

    /// Whether every target of the path is worse than `scale` times the limits: a single bad target is not the path.
    private func isOverLimits(_ indices: [Int], _ detection: Detection, scale: Double) -> Bool {
        let answering = indices.filter { streams[$0].health.everAnswered }
        guard !answering.isEmpty else { return false }
        return answering.allSatisfy { index in
            let health = streams[index].health
            if health.window.isFull(at: now), let loss = health.window.ratio(at: now),
                loss > detection.degradedLoss * scale
            {
                return true
            }
            return isSlow(health, detection, scale)
        }
    }

    private func isSlow(_ health: StreamHealth, _ detection: Detection, _ scale: Double) -> Bool {
        guard let recent = health.roundTrips?.recentMedian, let usual = health.roundTrips?.usualMedian else {
            return false
        }
        let ratio = 1 + (detection.degradedRTTRatio - 1) * scale
        let floor = Double(detection.degradedRTTFloor.nanoseconds) * scale
        return Double(recent) > Double(usual) * ratio && Double(recent) - Double(usual) > floor
    }

    /// The state of a path that answers, and why.
    func quality(of path: Int, of link: Int) -> (PathState, [String]) {
        let record = links[link].paths[path]
        if isDrained(path, link) { return (.drained, ["its tier siblings carry all flows"]) }
        guard record.isDegraded else { return (.up, [proof(of: record)]) }
        let health = (record.throughs.isEmpty ? paths[record.path].edges : record.throughs).map { streams[$0].health }
        let windows = health.map(\.window).filter { $0.ratio(at: now) != nil }
        let best = windows.min { $0.ratio(at: now) ?? 1 < $1.ratio(at: now) ?? 1 } ?? LossWindow()
        let loss = best.ratio(at: now) ?? 0
        let (settled, lost) = best.totals(at: now)
        var reasons = [
            "\(Self.percent(loss)) of its probes were lost over the last minute (\(lost) of \(settled))"
        ]
        if let recent = health.first?.roundTrips?.recentMedian, let usual = health.first?.roundTrips?.usualMedian {
            reasons.append("its round trip is \(Self.milliseconds(recent)), usually \(Self.milliseconds(usual))")
        }
        return (.degraded, reasons)
    }

    private func proof(of record: LinkPathRecord) -> String {
        if !record.throughs.isEmpty { return "a through probe answers" }
        return paths[record.path].edges.isEmpty ? "a workload answers" : "its edge answers"
    }

    /// Longer than it takes to find out that a sibling is dead.
    private static let proofOfUse: Duration = .seconds(10)

    /// Notes which paths of a link carry flows by themselves: one that does because its sibling has just died is its standby.
    mutating func judgeUse(of link: Int, _ active: Set<Int>) {
        for path in links[link].paths.indices where !links[link].paths[path].isUsed {
            let tier = links[link].paths[path].tier
            let isWell = links[link].paths.allSatisfy { $0.tier != tier || $0.state == .up || $0.state == .degraded }
            if !isWell {
                links[link].paths[path].usedSince = nil
            } else if let since = links[link].paths[path].usedSince {
                links[link].paths[path].isUsed = now - since >= Self.proofOfUse
            } else if active.contains(path) {
                links[link].paths[path].usedSince = now
            }
        }
    }

    /// So many flows that are seen elsewhere prove that a path which carried some has lost them.
    private static let flowsThatLeft = 8
    /// So many prove that a path carries none: of eight, balancing over two connections puts all on one once in 128 times.
    private static let flowsElsewhere = 16

    /// Its tier siblings carry all flows, by the kernel's routes or as routers on the way show. The standby of a circuit that is used
    /// one connection at a time is drained where enough flows are asked about, before a failover as after it.
    private func isDrained(_ path: Int, _ link: Int) -> Bool {
        let record = links[link].paths[path]
        guard let active = links[link].active, !active.contains(path), !active.isEmpty,
            active.allSatisfy({ links[link].paths[$0].tier == record.tier })
        else { return false }
        let known = links[link].workloads.map { workload in
            let routed = workload.flows.count { flow in
                guard case .path? = flow.route, let at = flow.routeAt else { return false }
                return now - at <= Self.freshness
            }
            return routed > 0 ? routed : hopPaths(of: workload, links[link]).count
        }
        guard known.reduce(0, +) >= (record.isUsed ? Self.flowsThatLeft : Self.flowsElsewhere) else { return false }
        return !links[link].workloads.contains { isLastSeen($0, on: path, links[link]) }
    }

    /// Whether a flow was last seen on the path by routers on the way: their silence since is no sign that it has left.
    private func isLastSeen(_ workload: WorkloadRecord, on path: Int, _ link: LinkRecord) -> Bool {
        let isRouted = workload.flows.contains { if case .path? = $0.route { true } else { false } }
        return !isRouted && workload.hops.contains { $0.path == path }
    }

    static func percent(_ ratio: Double) -> String {
        let tenths = Int((ratio * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }

    static func milliseconds(_ nanoseconds: Int64) -> String {
        let hundredths = (nanoseconds + 5_000) / 10_000
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) ms"
    }
}
