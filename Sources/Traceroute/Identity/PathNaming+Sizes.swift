internal import Model
internal import Wire

extension PathNaming {
    /// An Ethernet packet less the smallest overhead of ESP in tunnel mode with AES-GCM: outer header 20, ESP 8,
    /// initialisation vector 8, trailer 2, check value 16 (RFC 4303, RFC 4106).
    static let mostInTunnel = 1_446
    /// What ExpressRoute carries at the least.
    static let leastOverCircuit = 1_400

    /// The largest packet that a path can carry; nil where nothing says so.
    static func limit(
        of path: PathSpec,
        _ interfaces: [String: Int]
    ) -> (bytes: Int, reason: String, isUsual: Bool)? {
        if let name = path.pin.interface, let bytes = interfaces[name] { return (bytes, "the MTU of \(name)", false) }
        return path.kind == .vpn ? (mostInTunnel, "what ESP leaves of 1500", true) : nil
    }

    /// What speaks against the address of a hop: routers answer from where their answer leaves, so that over an asymmetric
    /// way it may be an address of the way back.
    static func doubt(of hop: TraceHop) -> String? {
        guard hop.isAsymmetric, let back = hop.returnHops else { return nil }
        let number = back == 1 ? "1 hop" : "\(back) hops"
        return ", but its answer came back over \(number): the address may be one of the way back"
    }

    /// How many hops the target's answer crossed, against those out: the remaining TTL is a hint of the way back.
    static func wayBack(_ hops: [TraceHop], target: IPAddress) -> [String] {
        guard let last = hops.last, last.answer?.isReply == true,
            last.responders.contains(where: { $0.address == target }),
            let replyTTL = last.replyTTL, let back = last.returnHops
        else { return [] }
        let number = back == 1 ? "1 hop" : "\(back) hops"
        let start = "the target's answer has TTL \(replyTTL), so it came back over \(number)"
        if last.isAsymmetric { return ["\(start), against \(last.ttl) out: perhaps another way"] }
        return [start + (back == last.ttl ? ", as many as out" : ", against \(last.ttl) out")]
    }
}
