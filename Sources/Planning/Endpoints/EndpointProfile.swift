public import Model

/// The clouds that have endpoints of their own.
public enum AzureCloud: String, CaseIterable, Sendable {
    case `public`, usgov, china

    /// Regions are named by their cloud: `usgovvirginia`, `chinanorth3`; every other is public.
    public init(region: String) {
        let name = region.lowercased()
        if name.hasPrefix("usgov") || name.hasPrefix("usdod") {
            self = .usgov
        } else if name.hasPrefix("china") {
            self = .china
        } else {
            self = .public
        }
    }
}

/// What one Azure service must reach in one cloud, from the list that is built into the program.
public struct EndpointProfile: Sendable, Equatable {
    public struct Endpoint: Sendable, Hashable {
        /// Scheme, host and port; the host of a pattern is without its `*.`.
        public var target: Target
        /// Every name below the host, and not a name to ask.
        public var isPattern: Bool
        public var purpose: String

        /// As it is written in allow-lists.
        public var name: String { (isPattern ? "*." : "") + target.host }

        /// A request can ask it.
        public var isProbeable: Bool { !isPattern && (target.scheme == .https || target.scheme == .http) }

        public func covers(_ host: String) -> Bool {
            isPattern ? host.lowercased().hasSuffix("." + target.host) : host.lowercased() == target.host
        }
    }

    public var endpoints: [Endpoint]

    /// - Parameter use: `azure-backup` or `azure-site-recovery`; any other needs nothing.
    public init(_ use: EndpointUse, in cloud: AzureCloud) {
        let text = String(decoding: PackageResources.azure_endpoints_txt, as: UTF8.self)
        endpoints = text.split(separator: "\n").compactMap { Self.endpoint($0, use.rawValue, cloud.rawValue) }
    }

    private static func endpoint(_ line: Substring, _ use: String, _ cloud: String) -> Endpoint? {
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count == 4, words[0] == cloud, words[1] == use else { return nil }
        var url = String(words[2])
        let star = url.firstRange(of: "*.")
        if let star { url.removeSubrange(star) }
        guard let target = try? Target(parsing: url) else { return nil }
        let purpose = words[3].drop { $0 == " " }
        return Endpoint(target: target, isPattern: star != nil, purpose: String(purpose))
    }
}
