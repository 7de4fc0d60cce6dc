public import Model

/// The series of one captured interface; all exist from the start, one set for each path and one for no known path.
public struct CaptureSeries: Sendable {
    /// What belongs to one path.
    private struct Path: Sendable {
        var handshake: Series<Histogram>
        var roundTrip: Series<Histogram>
        var retransmissions: Series<Counter>
    }

    private let packets: Series<Counter>
    private let dropped: Series<Counter>
    private var paths: [PathID?: Path] = [:]

    /// - Parameter own: the path to which the interface as a whole belongs.
    public init(_ interface: String, of own: PathID?, paths known: [PathID], in store: inout MetricStore) {
        let labels = [interface, own?.rawValue ?? ""]
        packets = store.series(Catalogue.capturePackets, labels)
        dropped = store.series(Catalogue.captureDropped, labels)
        for path in [nil] + known.map(Optional.some) {
            let labels = [interface, path?.rawValue ?? ""]
            paths[path] = Path(
                handshake: store.series(Catalogue.handshakeRTT, labels),
                roundTrip: store.series(Catalogue.segmentRTT, labels),
                retransmissions: store.series(Catalogue.retransmittedSegments, labels)
            )
        }
    }

    /// Counts packets since the last call.
    public func count(packets new: UInt64, dropped lost: UInt64, in store: inout MetricStore) {
        store.add(packets, Double(new))
        store.add(dropped, Double(lost))
    }

    /// Counts what was found of a path; times in nanoseconds.
    public func record(
        handshakes: [Int64],
        roundTrips: [Int64],
        retransmissions: Int,
        of path: PathID?,
        in store: inout MetricStore
    ) {
        guard let series = paths[path] else { return }
        for time in handshakes { store.record(series.handshake, nanoseconds: time) }
        for time in roundTrips { store.record(series.roundTrip, nanoseconds: time) }
        store.add(series.retransmissions, Double(retransmissions))
    }
}

/// The ESP series of a VPN.
public struct TunnelSeries: Sendable {
    private let forward: Series<Counter>
    private let backward: Series<Counter>

    public init(_ path: PathID, in store: inout MetricStore) {
        forward = store.series(Catalogue.lostESP, [path.rawValue, "forward"])
        backward = store.series(Catalogue.lostESP, [path.rawValue, "backward"])
    }

    /// Counts packets that were lost on each way.
    public func count(forward lost: Int, backward lostBack: Int, in store: inout MetricStore) {
        store.add(forward, Double(lost))
        store.add(backward, Double(lostBack))
    }
}
