public import Model
public import Probing
public import Wire

/// The streams of what is no target of a link: proxies and storage accounts.
public struct ServicePlan: Sendable, Hashable {
    public var streams: [PlannedStream] = []

    public init() {}

    /// Of proxies and storage, whose answers cross the Internet and several rounds.
    public static let patience: Duration = .seconds(10)

    /// Looks at a proxy: whether the check's URL is reached through it, or where there is none, whether it takes
    /// connections. Every answer of the service at the URL is good: the proxy has let it pass.
    public mutating func addProxy(_ proxy: ProxyServer, check: Target?, interval: Duration) {
        let question = HTTPQuestion(followsRedirects: false, acceptsEveryStatus: true)
        streams.append(
            PlannedStream(
                purpose: .proxy(proxy.name),
                target: check ?? Target(scheme: .tcp, host: proxy.host, port: proxy.port),
                pin: .none,
                interval: interval,
                timeout: min(Self.patience, interval),
                via: check == nil ? nil : proxy.name,
                question: check == nil ? .connection : .http(question)
            )
        )
    }

    /// Asks an endpoint by one way. Whatever it answers, it is reached.
    public mutating func addEndpoint(_ way: EndpointWay, target: Target, interval: Duration) {
        let question = HTTPQuestion(followsRedirects: false, acceptsEveryStatus: true)
        var stream = PlannedStream(
            purpose: .endpoint(way),
            target: target,
            pin: .none,
            interval: interval,
            timeout: min(Self.patience, interval),
            via: way.isDirect ? nil : way.via,
            question: .http(question)
        )
        stream.showsCredentials = way.use.knowsAuthentication
        streams.append(stream)
    }

    /// Asks an echo through a proxy by which address it was reached.
    public mutating func addEgress(_ proxy: String, echo: Target, interval: Duration) {
        streams.append(
            PlannedStream(
                purpose: .egress(proxy),
                target: echo,
                pin: .none,
                interval: interval,
                timeout: min(Self.patience, interval),
                via: proxy,
                question: .http(HTTPQuestion())
            )
        )
    }

    public mutating func addStorage(
        _ way: StorageWay,
        target: Target,
        interval: Duration,
        caFile: String?,
        question: HTTPQuestion
    ) {
        streams.append(
            PlannedStream(
                purpose: .storage(way),
                target: target,
                pin: .none,
                interval: interval,
                timeout: min(Self.patience, interval),
                via: way.isDirect ? nil : way.via,
                caFile: caFile,
                question: .http(question)
            )
        )
    }
}

extension ServicePlan {
    /// Asks a name server for the whole chain of aliases of an endpoint, which `getaddrinfo` does not tell.
    /// - Parameter resolver: host and port; nil is the first server of `/etc/resolv.conf`.
    public mutating func addName(
        _ way: StorageWay,
        _ name: DNSName,
        resolver: (host: String, port: UInt16)?,
        interval: Duration
    ) {
        guard let server = resolver ?? SystemResolver.first else { return }
        let target = Target(scheme: .dns, host: server.host, port: server.port, path: "/\(name)?type=A")
        streams.append(
            PlannedStream(
                purpose: .storageName(way),
                target: target,
                pin: .none,
                interval: interval,
                timeout: min(.seconds(5), interval),
                question: .dns(DNSQuery(name: name))
            )
        )
    }
}
