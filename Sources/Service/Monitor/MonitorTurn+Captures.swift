import Links
import Logging
import Model
import Scheduling
import Settings
import Wire

/// Series, and what captured packets mean to the monitor.
extension MonitorTurn {
    /// Where packets are captured the metrics wait for what crossed the wire. No verdict does.
    /// - Returns: those that need not wait.
    mutating func holdBack(_ outcomes: [Outcome]) -> [Outcome] {
        guard !settings.capture.interfaces.isEmpty else { return outcomes }
        var rest: [Outcome] = []
        for outcome in outcomes {
            let number = Int(outcome.probe.rawValue)
            if uses.indices.contains(number), uses[number].isConnection {
                stamps.hold(outcome, at: clock.monotonic)
            } else {
                rest.append(outcome)
            }
        }
        return rest
    }

    mutating func take(_ news: CaptureNews) {
        let finding = captures.note(news, at: clock.monotonic)
        follow(finding.sessions)
        guard let sentence = finding.sentence else { return }
        parts.logger.log(level: sentence.level, "\(sentence.text)")
    }

    mutating func follow(_ sessions: [BFDSessions.Change]) {
        parts.board.show(sessions, of: settings.topology)
        for session in sessions {
            changes += model.apply(.bfd(path: session.path, session.state, at: clock.monotonic))
        }
    }

    /// By what is known now.
    var currentAttribution: PathAttribution {
        PathAttribution(settings.topology, host: parts.hostAddresses(), names: names, active: active)
    }

    /// Says anew whose packets are whose, where that has changed.
    mutating func attribute() {
        guard !settings.capture.interfaces.isEmpty else { return }
        let new = currentAttribution
        guard new != attribution else { return }
        attribution = new
        parts.captures(settings.capture, new)
    }

    /// Captures what the settings say, once its series are there.
    mutating func adoptCaptures() {
        captures.forget(allBut: settings.topology)
        let new = currentAttribution
        attribution = new
        parts.board.configure(
            settings.topology,
            settings.services,
            captures: settings.capture.interfaces.map { CapturedInterface(name: $0, path: new.path(of: $0)) },
            keys: book.index.streams.map { $0?.key }
        )
        parts.board.show(captures.states.map { ($0.key, $0.value) }, of: settings.topology)
        parts.captures(settings.capture, new)
    }

    /// Gateways whose packets are to be known, by name.
    var gatewayNames: [String] {
        guard !settings.capture.interfaces.isEmpty else { return [] }
        return settings.topology.paths.flatMap(\.gateways).filter { IPAddress($0) == nil }
    }

    /// What names mean is also asked for gateways.
    var followedNames: [String] {
        let names = book.names
        return names + gatewayNames.filter { !names.contains($0) }
    }

    /// A connection in another subnet has another session, of which nothing is known yet.
    mutating func forgetSessions(before new: Topology) {
        var lasting = new
        lasting.paths.removeAll { settings.topology.path($0.id)?.subnet != $0.subnet }
        captures.forget(allBut: lasting)
    }

    mutating func noteActive(_ snapshot: Snapshot) {
        guard !settings.capture.interfaces.isEmpty else { return }
        let known = snapshot.links.compactMap { link in link.activePaths.map { (link.name, $0) } }
        let now = Dictionary(known, uniquingKeysWith: { first, _ in first })
        guard now != active else { return }
        active = now
        attribute()
    }
}
