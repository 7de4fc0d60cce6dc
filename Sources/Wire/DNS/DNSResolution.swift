/// What an answer says about one name: the chain of aliases and what stands at its end.
public struct DNSResolution: Hashable, Sendable {
    /// From the asked name on, each the alias of the next (`CNAME`); the last is where the records stand.
    public var names: [DNSName]
    /// Data of the wanted type at the end of the chain, in the order of the answer.
    public var data: [DNSRecordData]
    /// The smallest TTL on the way, in seconds; nil where nothing was found.
    public var ttl: UInt32?
    /// The chain comes back to one of its own names.
    public var isLoop: Bool

    /// The asked name and its aliases in order, without the final name.
    public var aliases: ArraySlice<DNSName> { names.dropLast() }

    /// Addresses among `data`.
    public var addresses: [IPAddress] {
        data.compactMap { data -> IPAddress? in
            switch data {
            case .a(let address): .v4(address)
            case .aaaa(let address): .v6(address)
            default: nil
            }
        }
    }
}

extension DNSMessage {
    /// Follows the aliases of the answer section from `name` to the records of `type` (RFC 1034 §3.6.2). The order of
    /// the records does not matter; of two aliases for one name the first counts.
    public func resolution(of name: DNSName, _ type: DNSRecordType) -> DNSResolution {
        // One look at each record: the answer may hold thousands, in the worst order.
        var aliases: [DNSName: (target: DNSName, ttl: UInt32)] = [:]
        for record in answers where aliases[record.name] == nil {
            if case .cname(let target) = record.data { aliases[record.name] = (target, record.ttl) }
        }
        var resolution = DNSResolution(names: [name], data: [], ttl: nil, isLoop: false)
        var seen: Set<DNSName> = [name]
        var current = name
        if type != .cname {
            while let alias = aliases[current] {
                resolution.ttl = min(resolution.ttl ?? .max, alias.ttl)
                current = alias.target
                guard seen.insert(current).inserted else {
                    resolution.isLoop = true
                    return resolution
                }
                resolution.names.append(current)
            }
        }
        for record in answers where record.type == type && record.name == current {
            resolution.data.append(record.data)
            resolution.ttl = min(resolution.ttl ?? .max, record.ttl)
        }
        return resolution
    }
}
