internal import Model
public import Sockets
public import Wire

/// Traces the way to a target, on the caller's thread, until it is known.
///
/// - Parameters:
///   - routes: whom to ask how packets leave; nil asks the kernel.
///   - cancellation: ends the trace at once; the report then holds what there is.
///   - limits: shared with traces that may run at the same time; nil: none does.
///   - permits: whether this address may be sent to; nil permits all.
/// - Throws: `TraceError` when nothing could be sent at all. A target that does not answer is a report.
public func trace(
    _ request: TraceRequest,
    routes: (any RouteSource)? = nil,
    cancellation: TraceCancellation? = nil,
    limits: SharedLimiter? = nil,
    permits: ((IPAddress) -> Bool)? = nil
) throws(TraceError) -> TraceReport {
    let prepared = try TraceTarget.prepare(request, cancellation)
    if let permits, !permits(prepared.address) {
        throw .denied("\(prepared.address) is not among the targets that may be traced")
    }
    let interface = try ChannelSetup.interface(prepared.request)
    let routes = routes ?? (try? RouteQuery())
    var before = try? routes?.observe(prepared.question())
    if case .none? = before?.verdict, request.source == nil { return TraceRun.unroutable(prepared, route: before) }
    // Bound to an interface without a route the kernel would look for an IPv4 target on the link itself.
    if interface != 0, let table = try? RouteTable(), !table.leads(prepared.question(), by: interface) {
        // With a source that it does not have this host has no route either.
        if let source = request.source, let own = try? RouteQuery().interfaces(),
            !own.contains(where: { $0.addresses.contains { $0.address == source } })
        {
            throw ChannelSetup.isForeign(source)
        }
        before?.verdict = .none(.noRoute)
        return TraceRun.unroutable(prepared, route: before)
    }
    let names = request.resolvesNames ? try? HopNames() : nil
    let run = try TraceRun(prepared, names: names, cancellation: cancellation, limits: limits)
    do throws(SystemError) {
        try run.loop()
    } catch {
        throw .local("\(error)")
    }
    let mtu = request.findsMTU ? try run.findMTU(route: run.route(routes) ?? before) : nil
    // The neighbour's state is known only after packets went there.
    let report = run.report(route: run.route(routes), mtu: mtu)
    run.close()
    return report
}

/// A request whose target has been read and resolved.
struct PreparedTrace {
    var request: TraceRequest
    var host: String
    var address: IPAddress

    func question() -> RouteQuestion { request.question(to: address, source: request.source) }
}

/// From what the user wrote to an address.
enum TraceTarget {
    static func prepare(
        _ request: TraceRequest,
        _ cancellation: TraceCancellation?
    ) throws(TraceError) -> PreparedTrace {
        var request = request
        let host = try read(&request)
        if let problem = request.plan.problem { throw .usage(problem) }
        if let source = request.source, !source.isOfHost { throw ChannelSetup.isForeign(source) }
        if let source = request.source, source.isLinkLocal, request.interface == nil {
            throw .input(
                "the source \(source) is link-local: it says nothing without an interface; give --interface eth0"
            )
        }
        if request.isInSession {
            guard request.protocol == .tcp else { throw .usage("--in-session is of TCP: give --protocol tcp") }
            request.plan.flowCost = TracePlan.handshake
        }
        request.plan.spacesRounds = request.protocol == .tcp && !request.isInSession
        return PreparedTrace(request: request, host: host, address: try address(of: host, request, cancellation))
    }

    /// Takes protocol and port from the target's URL.
    private static func read(_ request: inout TraceRequest) throws(TraceError) -> String {
        let text = try withoutZone(request.target, &request)
        let target: Target
        do throws(TargetError) {
            target = try parse(text, port: request.port)
        } catch {
            let host = text.split(separator: "/", omittingEmptySubsequences: true).last ?? ""
            let withoutPort = host.prefix(upTo: host.lastIndex(of: ":") ?? host.endIndex)
            if [host, withoutPort].contains(where: { IPAddress(String($0))?.isIPv4 == false }) {
                throw .usage("TARGET: an IPv6 address in a URL stands in brackets, as in tcp://[fd01::4]:443")
            }
            // The text itself may hold a password.
            throw .usage("TARGET: \(error); write HOST, icmp://HOST, udp://HOST:PORT or tcp://HOST:PORT")
        }
        let named: TraceRequest.TraceProtocol?
        switch target.scheme {
        case .icmp: named = text.contains("://") ? .icmp : nil
        case .udp: named = .udp
        case .tcp: named = .tcp
        default:
            throw .usage("\(text): path traces by ICMP, UDP or TCP; give HOST, icmp://HOST, udp:// or tcp://HOST:PORT")
        }
        if let named, let chosen = request.chosenProtocol, chosen != named {
            throw .usage("\(text): --protocol \(chosen.rawValue) contradicts the target")
        }
        if request.port == 0 || target.port == 0 { throw .usage("--port is 0; allowed: 1 to 65535") }
        if let port = target.port, let chosen = request.port, port != chosen {
            throw .usage("\(text): --port \(chosen) contradicts the target")
        }
        if request.chosenProtocol == nil, named == nil { request.mayReplaceICMP = true }
        request.chosenProtocol = request.chosenProtocol ?? named ?? .icmp
        request.port = request.port ?? target.port
        if request.protocol == .icmp, request.port != nil {
            throw .usage("--port is of UDP and TCP: give --protocol udp or --protocol tcp")
        }
        if request.protocol != .udp, request.chosenStrategy != nil {
            throw .usage("--strategy is of UDP: give --protocol udp")
        }
        if request.protocol != .icmp { request.port = request.destinationPort }
        return target.host
    }

    /// A URL of UDP or TCP may leave its port to `--port`, or to what is usual.
    private static func parse(_ text: String, port: UInt16?) throws(TargetError) -> Target {
        do throws(TargetError) {
            return try Target(parsing: text)
        } catch {
            let usual: [(scheme: String, port: UInt16)] = [
                ("udp", UDPProbes.defaultPort), ("tcp", TCPProbes.defaultPort),
            ]
            for (scheme, usualPort) in usual where text.hasPrefix("\(scheme)://") {
                if let target = try? Target(parsing: "\(text):\(port ?? usualPort)") { return target }
            }
            throw error
        }
    }

    /// Takes the zone of a link-local address, `fe80::1%eth0` (RFC 4007 §11), for the interface.
    private static func withoutZone(_ text: String, _ request: inout TraceRequest) throws(TraceError) -> String {
        guard let start = text.firstIndex(of: "%"), !text.contains("@") else { return text }
        let end = text[start...].firstIndex { $0 == "]" || $0 == "/" } ?? text.endIndex
        let zone = String(text[text.index(after: start)..<end])
        let rest = String(text[..<start] + text[end...])
        guard !zone.isEmpty else { throw .usage("TARGET: the zone behind '%' is missing; write fe80::1%eth0") }
        if let interface = request.interface, interface != zone {
            throw .usage("the zone \(zone) of the target contradicts --interface \(interface)")
        }
        if let target = try? Target(parsing: rest), target.address?.isLinkLocal != true {
            throw .usage("TARGET: a zone is of link-local addresses (fe80::/10); leave '%\(zone)' out")
        }
        request.interface = zone
        return rest
    }

    static func address(
        of host: String,
        _ request: TraceRequest,
        _ cancellation: TraceCancellation?
    ) throws(TraceError) -> IPAddress {
        let family = request.family ?? request.source?.family
        if let source = request.source, let wanted = request.family, source.family != wanted {
            throw .usage("the source \(source) is no IPv\(wanted.rawValue) address")
        }
        if let written = IPAddress(host) {
            let address = written.unmapped
            if let family, address.family != family { throw .usage("\(host) is no IPv\(family.rawValue) address") }
            return try proved(address, host, request)
        }
        let found = try NameService.addresses(of: host, family: family, cancellation: cancellation).map(\.unmapped)
            .filter { family == nil || $0.family == family }
        guard let address = found.first(where: \.isIPv4) ?? found.first else {
            throw .resolution(host: host, message: "the name has no address")
        }
        return try proved(address, host, request)
    }

    /// What no host can have is not sent to, by whatever name.
    private static func proved(
        _ address: IPAddress,
        _ host: String,
        _ request: TraceRequest
    ) throws(TraceError) -> IPAddress {
        let name = IPAddress(host) == nil ? "\(host), which is \(address)," : "\(address)"
        guard address.isOfHost else {
            throw .usage("\(name) is no address of a host: unspecified, multicast, broadcast or reserved")
        }
        guard !address.isLinkLocal || request.interface != nil else {
            throw .usage(
                "\(name) is link-local: it says nothing without an interface; give --interface eth0, or \(address)%eth0"
            )
        }
        return address
    }
}
