import Model

extension LinksModel {
    /// Everything as of the latest event.
    public func snapshot() -> Snapshot {
        Snapshot(
            at: now,
            watchedSince: watchedSince,
            site: SiteStatus(
                isIsolated: isIsolated,
                isolatedSince: isolatedSince,
                references: references.map(referenceStatus)
            ),
            circuits: circuitStatuses(),
            vpns: paths.indices.filter { paths[$0].spec.kind == .vpn }.map(vpnStatus),
            paths: paths.map(facts),
            links: links.indices.map(linkStatus)
        )
    }

    private func referenceStatus(_ index: Int) -> ReferenceStatus {
        let stream = streams[index]
        let isDown = stream.health.everAnswered && stream.health.lossRun >= stream.downAfter
        return ReferenceStatus(
            target: stream.key.target,
            state: !stream.health.everAnswered ? .unknown : isDown ? .down : .up,
            since: (isDown ? stream.health.firstLoss : stream.health.lastGood) ?? now
        )
    }

    private func facts(_ record: PathRecord) -> PathFacts {
        PathFacts(
            id: record.spec.id,
            edgeAnswering: isIsolated ? nil : record.edgeAnswering,
            edgeSince: record.edgeSince,
            forward: forward(of: record),
            backward: record.spec.pin.returns && record.backward == .unverified ? .verified : record.backward,
            answersArriveOver: record.answersArriveOver,
            pinSince: record.pinSince,
            bfd: record.bfd,
            lostTunnels: lostTunnels(record),
            unprovenTunnels: unprovenTunnels(record)
        )
    }

    /// An interface is its own proof; what has no pin can lose none.
    private func forward(of record: PathRecord) -> PinState {
        if record.spec.pin.interface != nil, record.forward == .unverified { return .verified }
        return record.spec.followsRoutes && record.forward == .wrong ? .unverified : record.forward
    }

    private func lostTunnels(_ record: PathRecord) -> [Target] {
        guard record.spec.kind == .vpn, record.edges.count > 1, record.edgeAnswering == true, !isIsolated else {
            return []
        }
        return record.edges.filter { index in
            streams[index].health.everAnswered && streams[index].health.lossRun >= streams[index].downAfter
        }.map { streams[$0].key.target }
    }

    private func unprovenTunnels(_ record: PathRecord) -> [Target] {
        guard record.spec.kind == .vpn, record.edges.count > 1, record.edgeAnswering == true, !isIsolated else {
            return []
        }
        return record.edges.filter { !streams[$0].health.everAnswered }.map { streams[$0].key.target }
    }

    // MARK: Circuits and VPNs, over all links that use them

    private struct Best {
        var state: PathState
        var since: MonotonicTime
        var layer: Layer
        var evidence: [Evidence]
    }

    /// The best that any link sees of a path; without a link, what its edge shows.
    private func best(_ index: Int) -> Best {
        let record = paths[index]
        guard !record.users.isEmpty else {
            let state: PathState = isIsolated ? .unknown : record.edgeAnswering.map { $0 ? .up : .down } ?? .unknown
            return Best(state: state, since: record.edgeSince, layer: record.layer, evidence: [])
        }
        let order: [PathState] = [.up, .degraded, .drained, .down, .unknown]
        let seen = record.users.map { links[$0.link].paths[$0.path] }
        for state in order {
            let those = seen.filter { $0.state == state }
            guard let first = those.max(by: { $0.since < $1.since }) else { continue }
            return Best(state: state, since: first.since, layer: first.layer, evidence: first.evidence)
        }
        return Best(state: .unknown, since: now, layer: record.layer, evidence: [])
    }

    private func circuitStatuses() -> [CircuitStatus] {
        var statuses: [CircuitStatus] = []
        for index in paths.indices {
            let spec = paths[index].spec
            guard let circuit = spec.circuit, let connection = spec.connection else { continue }
            let best = best(index)
            let status = CircuitStatus.ConnectionStatus(
                connection: connection,
                path: spec.id,
                state: best.state,
                since: best.since,
                layer: best.layer,
                evidence: best.evidence
            )
            let users = paths[index].users.map { links[$0.link].spec.name }
            if let place = statuses.firstIndex(where: { $0.name == circuit }) {
                statuses[place].connections.append(status)
                statuses[place].links += users.filter { !statuses[place].links.contains($0) }
            } else {
                statuses.append(
                    CircuitStatus(
                        name: circuit,
                        provider: spec.provider,
                        peering: spec.peering,
                        connections: [status],
                        links: users
                    )
                )
            }
        }
        return statuses
    }

    private func vpnStatus(_ index: Int) -> VPNStatus {
        let best = best(index)
        return VPNStatus(
            name: paths[index].spec.id.rawValue,
            path: paths[index].spec.id,
            state: best.state,
            since: best.since,
            links: paths[index].users.map { links[$0.link].spec.name }
        )
    }

    // MARK: Links

    private func linkStatus(_ index: Int) -> LinkStatus {
        let record = links[index]
        return LinkStatus(
            name: record.spec.name,
            peering: record.spec.peering,
            labels: record.spec.labels,
            detection: record.spec.detection,
            state: record.state,
            since: record.since,
            activePaths: record.active.map { ids($0, index) },
            activeTier: record.activeTier,
            lastTier: record.lastTier,
            activeTierSince: record.activeTierSince,
            activeEvidence: record.activeEvidence,
            paths: record.paths.indices.map { pathStatus($0, index) },
            workloads: record.workloads.map { workloadStatus($0, index) },
            flowRatios: flowRatios(record),
            outageStart: record.outageStart,
            outageDuration: record.outageStart.map { outage(from: $0, to: now).duration },
            lastOutage: record.lastOutage,
            lastSlowOutage: record.lastSlowOutage,
            notMovedSince: record.notMovedSince,
            firstTierCleanSince: firstTierCleanSince(record),
            layer: record.layer,
            owner: record.layer.owner,
            evidence: record.evidence
        )
    }

    private func pathStatus(_ index: Int, _ link: Int) -> PathStatus {
        let record = links[link].paths[index]
        let spec = paths[record.path].spec
        let health = (record.throughs.isEmpty ? paths[record.path].edges : record.throughs).map { streams[$0].health }
        let median = health.first?.roundTrips
        return PathStatus(
            link: links[link].spec.name,
            path: spec.id,
            kind: spec.kind,
            circuit: spec.circuit,
            connection: spec.connection,
            tier: record.tier,
            state: record.state,
            since: record.since,
            isActive: links[link].active?.contains(index) ?? false,
            isEdgeSilent: record.isEdgeSilent && record.state.isUp,
            isFlapping: isFlapping(record) && now - (record.changes.first ?? now) <= Self.flapWindow,
            everUp: record.everUp,
            lossRatio: health.compactMap { $0.window.ratio(at: now) }.min(),
            roundTrip: median?.recentMedian.map { .nanoseconds($0) },
            usualRoundTrip: median?.usualMedian.map { .nanoseconds($0) },
            reducedMTU: reducedMTU(record),
            mtu: record.mtus.values.map(\.latest).max(),
            layer: record.layer,
            owner: record.layer.owner,
            evidence: record.evidence
        )
    }

    private func workloadStatus(_ record: WorkloadRecord, _ link: Int) -> WorkloadStatus {
        let state = shownState(of: record)
        let isWayOpen = links[link].paths.contains { $0.state.isUp }
        return WorkloadStatus(
            target: record.target,
            state: state,
            since: record.since,
            flows: record.flows.enumerated().map { index, flow in
                FlowStatus(
                    flow: index,
                    state: flowState(flow, workload: state),
                    lossRatio: streams[flow.stream].health.window.ratio(at: now),
                    path: path(of: flow),
                    lostSince: flow.lostSince,
                    isBeyondChance: isBeyondChance(flow, of: record)
                )
            },
            paths: Set(flowPaths(record, links[link])),
            lostFlows: isIsolated ? [] : record.lostFlows,
            layer: isWayOpen ? ownLayer(of: record) : links[link].layer,
            evidence: state == .down
                ? record.flows.prefix(1).map { Evidence(at: now, sentence(missing: [$0.stream])) } : []
        )
    }

    /// A flow that never answered is as its workload is, and unknown where others of it answer.
    private func flowState(_ flow: FlowRecord, workload: FlowState) -> FlowState {
        if workload == .unknown { return .unknown }
        if flow.isDown { return .down }
        if streams[flow.stream].health.lastGood != nil { return .up }
        return workload == .down ? .down : .unknown
    }

    private func path(of flow: FlowRecord) -> PathID? {
        guard let at = flow.routeAt, now - at <= Self.freshness, case .path(let id)? = flow.route else { return nil }
        return id
    }

    /// The paths of a workload's flows, as far as they are known: by the kernel's routes, else by routers on the way.
    private func flowPaths(_ workload: WorkloadRecord, _ link: LinkRecord) -> [PathID] {
        guard link.active != nil else { return [] }
        let routed = workload.flows.compactMap(path)
        guard routed.isEmpty else { return routed }
        return hopPaths(of: workload, link).map { paths[link.paths[$0].path].spec.id }
    }

    private func flowRatios(_ record: LinkRecord) -> [PathID: Double] {
        let seen = record.workloads.flatMap { flowPaths($0, record) }
        guard !seen.isEmpty else { return [:] }
        var ratios: [PathID: Double] = [:]
        for link in record.paths {
            let id = paths[link.path].spec.id
            ratios[id] = Double(seen.count { $0 == id }) / Double(seen.count)
        }
        return ratios
    }
}
