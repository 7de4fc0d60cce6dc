internal import Glibc
internal import Model
internal import Sockets
internal import Wire

/// The echo sockets: one for each family and pin that is in use, made when first needed and again after a failure.
struct ChannelPool {
    private struct Key: Hashable {
        var family: IPFamily
        var pin: Pin
    }

    private final class Place {
        let key: Key
        var channel: ICMPChannel?
        var users = 1
        var openProbes = 0
        var isTouched = false
        var checkedDropsAt: Int64 = 0
        var overflowAt = Int64.min

        init(key: Key) {
            self.key = key
        }
    }

    private let capabilities: EngineCapabilities
    private let epoll: Epoll
    private var places: ContiguousArray<Place?> = []
    private var index: [Key: Int] = [:]
    private var touched: ContiguousArray<Int> = []

    init(capabilities: EngineCapabilities, epoll: Epoll) {
        self.capabilities = capabilities
        self.epoll = epoll
    }

    /// The place of the channel for a new stream.
    mutating func enter(family: IPFamily, pin: Pin) -> Int {
        let key = Key(family: family, pin: pin)
        if let found = index[key] {
            places[found]?.users += 1
            return found
        }
        let place = places.firstIndex { $0 === nil } ?? places.count
        let entry = Place(key: key)
        if place < places.count { places[place] = entry } else { places.append(entry) }
        index[key] = place
        return place
    }

    /// The last user closes the socket.
    mutating func leave(_ place: Int, openProbes: Int) {
        guard let entry = places[place] else { return }
        entry.users -= 1
        entry.openProbes -= openProbes
        guard entry.users == 0 else { return }
        if let channel = entry.channel { try? epoll.remove(channel.socket.number) }
        index[entry.key] = nil
        places[place] = nil
    }

    mutating func reserve(_ place: Int, openProbes: Int) {
        guard let entry = places[place] else { return }
        entry.openProbes += openProbes
        entry.channel?.reserve(openProbes: entry.openProbes)
    }

    func channel(at place: Int) -> ICMPChannel? {
        place < places.count ? places[place]?.channel : nil
    }

    /// The channel, made now if there is none.
    mutating func open(_ place: Int) -> Result<ICMPChannel, SystemError> {
        guard let entry = places[place] else { return .failure(SystemError(code: EBADF, operation: "socket")) }
        if let channel = entry.channel { return .success(channel) }
        let access: ICMPChannel.Access
        switch capabilities.access(entry.key.family) {
        case .raw: access = .raw
        case .ping: access = .ping
        case .none: return .failure(SystemError(code: EPERM, operation: EngineCapabilities.grantHint))
        }
        do throws(SystemError) {
            let channel = try ICMPChannel(family: entry.key.family, pin: entry.key.pin, access: access)
            channel.reserve(openProbes: entry.openProbes)
            try epoll.add(channel.socket.number, .readable, token: EngineLoop.Token.channel | UInt64(place))
            entry.channel = channel
            return .success(channel)
        } catch {
            return .failure(error)
        }
    }

    /// The channel has packets to send.
    mutating func touch(_ place: Int) {
        guard let entry = places[place], !entry.isTouched else { return }
        entry.isTouched = true
        touched.append(place)
    }

    /// Sends what was collected and reads the transmit stamps that are there already.
    mutating func flushAll(
        _ batch: ReceiveBatch,
        now: Int64,
        into events: inout ContiguousArray<PacketEvent>,
        _ refused: (SequenceTable.Owner, SystemError, ICMPChannel) -> Void
    ) {
        for place in touched {
            guard let entry = places[place] else { continue }
            entry.isTouched = false
            guard let channel = entry.channel else { continue }
            channel.flush { refused($0, $1, channel) }
            if channel.expectsStamps { channel.receiveErrors(batch, into: &events) }
            // Now and then, so that drops of long ago are not laid to the probes of today.
            if now &- entry.checkedDropsAt > 250_000_000 { _ = overflowTime(place, now: now) }
        }
        touched.removeAll(keepingCapacity: true)
    }

    /// When packets were last found dropped for want of room; looked up at most once a millisecond.
    mutating func overflowTime(_ place: Int, now: Int64) -> Int64 {
        guard let entry = places[place], let channel = entry.channel else { return .min }
        if now &- entry.checkedDropsAt > 1_000_000 {
            entry.checkedDropsAt = now
            if channel.newDrops() > 0 { entry.overflowAt = now }
        }
        return entry.overflowAt
    }
}
