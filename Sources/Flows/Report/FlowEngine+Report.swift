internal import Wire

extension FlowEngine {
    /// The flows in the table, put together, those with the most packets first. By address they hold those that were given up too,
    /// where `FlowEngineOptions.keepsEvictedPaths` says so.
    /// - Parameter limit: how many at most; nil: all.
    public func groups(by grouping: FlowGrouping, limit: Int?) -> [FlowGroup] {
        grouping == .flow ? flowGroups(limit: limit) : addressGroups(by: grouping, limit: limit)
    }

    /// Retransmissions and so on, of all flows that there were.
    public var counters: FlowCounters {
        var sum = totals.counters
        parts.details.forEach { sum.merge($0.counters) }
        return sum
    }

    private func flowGroups(limit: Int?) -> [FlowGroup] {
        var order = LargestFlows(limit ?? table.count)
        for index in 0..<table.count {
            table.askForSides(behind: index)
            let record = unsafe table.record(index)
            unsafe order.offer(index, UInt64(record.pointee.first.packets) + UInt64(record.pointee.second.packets))
        }
        return order.places.map { index in
            let record = unsafe table.record(index).pointee
            var group = Self.ends(of: record)
            add(record, to: &group)
            return group
        }
    }

    private func add(_ record: FlowRecord, to group: inout FlowGroup) {
        if Self.isClientFirst(record) {
            group.merge(record, client: record.first, server: record.second, parts)
        } else {
            group.merge(record, client: record.second, server: record.first, parts)
        }
    }

    private func addressGroups(by grouping: FlowGrouping, limit: Int?) -> [FlowGroup] {
        var groups: [FlowGroup] = []
        var places: [[IPAddress]: Int] = [:]
        func place(_ key: [IPAddress], _ make: () -> FlowGroup) -> Int {
            if let known = places[key] { return known }
            places[key] = groups.count
            groups.append(make())
            return groups.count - 1
        }
        for index in 0..<table.count {
            let record = unsafe table.record(index).pointee
            let (first, second) = Self.addresses(of: record.key)
            switch grouping {
            case .path, .flow:
                let (client, server) = Self.isClientFirst(record) ? (first, second) : (second, first)
                let known = places[[server, client]]
                let at =
                    known
                    ?? place([client, server]) {
                        FlowGroup(
                            client: FlowEnd(address: client, port: nil),
                            server: FlowEnd(address: server, port: nil)
                        )
                    }
                let isClientFirst = groups[at].client?.address == first
                groups[at].merge(
                    record,
                    client: isClientFirst ? record.first : record.second,
                    server: isClientFirst ? record.second : record.first,
                    parts
                )
            case .host:
                let one = place([first]) { FlowGroup(client: nil, server: FlowEnd(address: first, port: nil)) }
                groups[one].merge(record, client: record.second, server: record.first, parts)
                guard first != second else { continue }
                let other = place([second]) { FlowGroup(client: nil, server: FlowEnd(address: second, port: nil)) }
                groups[other].merge(record, client: record.first, server: record.second, parts)
            }
        }
        for (pair, evicted) in evictedPaths.groups {
            switch grouping {
            case .path, .flow:
                let at =
                    places[[pair.second, pair.first]]
                    ?? place([pair.first, pair.second]) { FlowGroup(client: evicted.client, server: evicted.server) }
                groups[at].merge(evicted, isReversed: groups[at].client != evicted.client)
            case .host:
                let server = place([pair.second]) { FlowGroup(client: nil, server: evicted.server) }
                groups[server].merge(evicted, isReversed: false)
                guard pair.first != pair.second else { continue }
                let client = place([pair.first]) {
                    FlowGroup(client: nil, server: FlowEnd(address: pair.first, port: nil))
                }
                groups[client].merge(evicted, isReversed: true)
            }
        }
        groups.sort { $0.packets > $1.packets }
        return limit.map { Array(groups.prefix($0)) } ?? groups
    }
}

extension FlowEngine {
    static func addresses(of key: FlowKey) -> (IPAddress, IPAddress) {
        (
            PacketView.address(key.firstHigh, key.firstLow, key.isIPv6),
            PacketView.address(key.secondHigh, key.secondLow, key.isIPv6)
        )
    }

    /// Who opened; where the opening was not seen, the end with the higher port, or the one that sent first.
    private static func isClientFirst(_ record: FlowRecord) -> Bool {
        switch record.initiator {
        case .first: return true
        case .second: return false
        case .unknown:
            let (first, second) = (record.key.firstPort, record.key.secondPort)
            return first == second ? record.opener != .second : first > second
        }
    }

    private static func ends(of record: FlowRecord) -> FlowGroup {
        let (first, second) = addresses(of: record.key)
        let hasPorts = [6, 17].contains(record.key.protocolNumber)
        let one = FlowEnd(address: first, port: hasPorts ? record.key.firstPort : nil)
        let other = FlowEnd(address: second, port: hasPorts ? record.key.secondPort : nil)
        var group =
            isClientFirst(record) ? FlowGroup(client: one, server: other) : FlowGroup(client: other, server: one)
        group.protocolName = name(of: record.key.protocolNumber)
        if record.key.protocolNumber == 50 { group.securityParameters = record.key.parameters }
        return group
    }

    private static func name(of number: UInt8) -> String {
        switch number {
        case 1: "icmp"
        case 6: "tcp"
        case 17: "udp"
        case 47: "gre"
        case 50: "esp"
        case 58: "icmpv6"
        case 132: "sctp"
        default: "ip\(number)"
        }
    }
}
