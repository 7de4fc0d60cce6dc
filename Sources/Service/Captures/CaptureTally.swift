import Flows
import Links
import Model
import Wire

/// What one interface has shown since the last harvest, by path. Pure but for its memory, which is kept.
struct CaptureTally {
    /// Of one path.
    struct Finds: Equatable {
        var path: PathID?
        /// Nanoseconds.
        var handshakes: [Int64] = []
        var roundTrips: [Int64] = []
        var retransmissions = 0

        var isEmpty: Bool { handshakes.isEmpty && roundTrips.isEmpty && retransmissions == 0 }

        mutating func clear() {
            handshakes.removeAll(keepingCapacity: true)
            roundTrips.removeAll(keepingCapacity: true)
            retransmissions = 0
        }
    }

    /// ESP packets that are missing on the ways to and from a gateway; what comes late is taken back.
    struct Missing: Equatable {
        var forward = 0
        var backward = 0
    }

    private var cache: AttributionCache
    /// As `cache.paths`.
    private(set) var finds: [Finds] = []
    private(set) var missing: [PathID: Missing] = [:]
    private(set) var sightings: [BFDSighting] = []

    init(_ attribution: PathAttribution, on interface: String) {
        cache = AttributionCache(attribution, on: interface)
    }

    var attribution: PathAttribution { cache.attribution }

    /// What was found goes on; only what comes is attributed anew.
    mutating func attribute(by attribution: PathAttribution) {
        guard attribution != cache.attribution else { return }
        cache = AttributionCache(attribution, on: cache.interface)
        finds = []
    }

    // MARK: What comes

    /// A round trip to an end that is not this host: what this host itself takes to answer is no network.
    mutating func take(_ sample: borrowing Sample) {
        let isHandshake: Bool
        switch sample.method {
        case .handshakeServer, .handshakeClient: isHandshake = true
        case .ack: isHandshake = false
        case .handshake, .timestamp, .icmp, .dns, .quicSpin, .ike: return
        }
        let answer = cache.answer(sample.source, sample.destination)
        guard !answer.isSourceOfHost else { return }
        makeRoom(answer.place)
        if isHandshake {
            finds[answer.place].handshakes.append(sample.roundTrip)
        } else {
            finds[answer.place].roundTrips.append(sample.roundTrip)
        }
    }

    private mutating func makeRoom(_ place: Int) {
        while finds.count <= place { finds.append(Finds(path: cache.paths[finds.count])) }
    }

    /// - Parameter clock: now, to turn the packet's time into a monotonic one.
    mutating func take(_ event: borrowing FlowEvent, clock: ClockReading) {
        switch event.kind {
        case .retransmission:
            let answer = cache.answer(event.source, event.destination)
            makeRoom(answer.place)
            finds[answer.place].retransmissions += 1
        case .missingESP: count(event, Int(event.value))
        case .lateESP: count(event, -1)
        case .bfd:
            let (sender, receiver) = (event.source, event.destination)
            guard let path = cache.attribution.connection(sender, receiver), let state = Links.BFDState(event.value)
            else {
                return
            }
            let age = max(0, clock.wall.nanoseconds - event.time)
            sightings.append(
                BFDSighting(
                    path: path,
                    sender: sender,
                    state: state,
                    at: clock.monotonic - .nanoseconds(age),
                    sending: .nanoseconds(event.session.sending),
                    receiving: .nanoseconds(event.session.receiving),
                    multiplier: Int(event.session.multiplier)
                )
            )
        }
    }

    private mutating func count(_ event: borrowing FlowEvent, _ number: Int) {
        if let path = cache.attribution.vpn(ofGateway: event.destination) {
            missing[path, default: Missing()].forward += number
        } else if let path = cache.attribution.vpn(ofGateway: event.source) {
            missing[path, default: Missing()].backward += number
        }
    }

    // MARK: Harvest

    mutating func clearFinds() {
        for place in finds.indices { finds[place].clear() }
    }

    mutating func takeSightings() -> [BFDSighting] {
        defer { sightings = [] }
        return sightings
    }

    /// What is missing for good: the rest may still come late. To be called about once a second.
    /// - Parameter isSpoiled: this host dropped packets meanwhile, so that nothing was lost by the network for all we know.
    mutating func takeMissing(isSpoiled: Bool) -> [PathID: Missing] {
        defer { missing = [:] }
        guard !isSpoiled else { return [:] }
        return missing.compactMapValues { found in
            let lost = Missing(forward: max(0, found.forward), backward: max(0, found.backward))
            return lost == Missing() ? nil : lost
        }
    }
}

extension Links.BFDState {
    /// By the number of RFC 5880 §4.1.
    init?(_ number: UInt32) {
        switch number {
        case 0: self = .adminDown
        case 1: self = .down
        case 2: self = .initial
        case 3: self = .up
        default: return nil
        }
    }
}
