import Links
import Metering
import Model
import Wire

/// A captured interface and the path to which it belongs as a whole.
struct CapturedInterface: Sendable, Equatable {
    var name: String
    var path: PathID?
}

extension MetricsBoard {
    /// Counts what an interface showed.
    func record(_ finds: [CaptureTally.Finds], on interface: String) {
        guard finds.contains(where: { !$0.isEmpty }) else { return }
        update { handles, store in
            guard let series = handles.captures[interface] else { return }
            for find in finds where !find.isEmpty {
                series.record(
                    handshakes: find.handshakes,
                    roundTrips: find.roundTrips,
                    retransmissions: find.retransmissions,
                    of: find.path,
                    in: &store
                )
            }
        }
    }

    /// Counts the packets of an interface since the last call.
    func count(packets: UInt64, dropped: UInt64, on interface: String) {
        guard packets > 0 || dropped > 0 else { return }
        update { handles, store in
            handles.captures[interface]?.count(packets: packets, dropped: dropped, in: &store)
        }
    }

    /// Counts ESP packets that never came.
    func record(_ missing: [PathID: CaptureTally.Missing]) {
        update { handles, store in
            for (path, lost) in missing {
                handles.tunnels[path]?.count(forward: lost.forward, backward: lost.backward, in: &store)
            }
        }
    }

    /// Shows the states of BFD sessions; nil: not known any more.
    func show(_ sessions: [BFDSessions.Change], of topology: Topology) {
        guard !sessions.isEmpty else { return }
        update { handles, store in
            for session in sessions {
                guard let edge = topology.path(session.path)?.microsoftEdge else { continue }
                let target = Target(scheme: .bfd, host: edge.description)
                handles.paths[session.path]?.setBFD(session.state?.rawValue, target: target, in: &store)
            }
        }
    }
}
