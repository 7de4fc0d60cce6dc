import Document
import Model
import Probing
import Settings
import Sockets

extension OneShotProbe {
    /// Why nothing is probed.
    struct Refusal: Error {
        /// Nil where all was said before.
        var line: String?
        var status: Int32
    }

    /// What the command line and the configuration say about one target.
    struct Setup {
        var timeout = OneShotProbe.defaultTimeout
        var proxy: ProxyServer?
        var caFile: String?
        var tls = RequestTLS()
        /// Nil without a configuration.
        var stateDirectory: String?
        /// Nil where a packet is sent instead.
        var question: RequestQuestion?

        init(
            _ target: Target,
            config: String?,
            timeout: String?,
            via: String?,
            log: (String) -> Void
        ) throws(Refusal) {
            var expectations: [String] = []
            var proxies: [Proxy] = []
            if let config {
                let configuration = try Self.load(config, log)
                self.timeout = configuration.defaults.timeout
                proxies = configuration.proxies
                stateDirectory = configuration.stateDirectory
                if let spec = configuration.spec(of: target, via: via) {
                    self.timeout = spec.timeout
                    caFile = spec.caFile
                    tls.certificateFile = spec.certificateFile
                    tls.keyFile = spec.keyFile
                    expectations = spec.expect
                }
            }
            if let timeout { self.timeout = try Self.duration(timeout) }
            if let via { proxy = try Self.proxy(via, among: proxies, hasConfiguration: config != nil) }
            if target.scheme == .dns {
                do throws(TargetError) {
                    _ = try DNSQuery(path: target.path)
                } catch {
                    throw Refusal(line: "\(error)", status: 64)
                }
            }
            question = RequestQuestion(target, expecting: expectations, throughProxy: proxy != nil)
            if proxy != nil, question == nil {
                let message = "\(target.scheme.rawValue):// does not go through a proxy; allowed: http, https, tls, tcp"
                throw Refusal(line: message, status: 64)
            }
        }

        static func load(_ path: String, _ log: (String) -> Void) throws(Refusal) -> Configuration {
            let loaded = Configuration.load(path: path, environment: ProcessEnvironment.read(), host: SystemHost())
            for diagnostic in loaded.diagnostics { log(diagnostic.description) }
            guard let configuration = loaded.configuration else { throw Refusal(line: nil, status: 65) }
            return configuration
        }

        static func duration(_ text: String) throws(Refusal) -> Duration {
            guard let value = Duration(parsing: text), value > .zero, value <= .seconds(60) else {
                throw Refusal(line: "--timeout \(text): no time; allowed: 1ms to 60s, as 800ms", status: 64)
            }
            return value
        }

        /// The password of a URL as it is written; nil for none.
        private static func password(in url: String) -> String? {
            guard let separator = url.firstRange(of: "://") else { return nil }
            let authority = url[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
                return nil
            }
            return String(authority[authority.index(after: colon)..<at])
        }

        /// A name without `://` is one of the configuration; the text of a URL may hold a password and is not repeated.
        private static func proxy(
            _ via: String,
            among proxies: [Proxy],
            hasConfiguration: Bool
        ) throws(Refusal) -> ProxyServer {
            do throws(TargetError) {
                if via.contains("://") {
                    if let password = Self.password(in: via) { ProcessArguments.hide(password) }
                    return try ProxyServer(url: via)
                }
                if let proxy = proxies.first(where: { $0.name == via }) { return try ProxyServer(proxy) }
            } catch {
                throw Refusal(line: "--via: \(error)", status: 64)
            }
            let names = proxies.map(\.name).joined(separator: ", ")
            let known = names.isEmpty ? "the configuration has none" : "the configuration has \(names)"
            let hint = hasConfiguration ? known : "a name needs --config"
            throw Refusal(line: "--via: no proxy of that name; \(hint), or write http://HOST:PORT", status: 64)
        }
    }
}

extension Configuration {
    /// What the configuration says of a target, wherever it stands; among free probes that of the same way comes first.
    fileprivate func spec(of target: Target, via: String?) -> ProbeSpec? {
        let topology = topology
        let free = probes.filter { $0.via == via } + probes.filter { $0.via != via }
        let specs =
            topology.links.flatMap { $0.workloads + $0.through } + topology.paths.flatMap(\.edge)
            + topology.site.references
        return free.first { $0.spec.target == target && $0.via == via }?.spec
            ?? specs.first { $0.target == target } ?? free.first { $0.spec.target == target }?.spec
    }
}
