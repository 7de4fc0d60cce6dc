public import Model

/// What an alert is about; what does not apply is nil and has no label (contract §7).
public struct AlertObject: Hashable, Sendable {
    public var link: String?
    public var path: PathID?
    public var circuit: String?
    public var connection: Connection?
    public var peering: Peering?
    public var target: String?
    public var proxy: String?

    public init(
        link: String? = nil,
        path: PathID? = nil,
        circuit: String? = nil,
        connection: Connection? = nil,
        peering: Peering? = nil,
        target: String? = nil,
        proxy: String? = nil
    ) {
        self.link = link
        self.path = path
        self.circuit = circuit
        self.connection = connection
        self.peering = peering
        self.target = target
        self.proxy = proxy
    }

    /// Nothing outside: netprobe itself, or the whole vantage.
    public static let none = AlertObject()
}

/// Name and object: what makes two alerts the same one. Severity, ticket and texts may change meanwhile.
public struct AlertIdentity: Hashable, Sendable {
    public var name: AlertName
    public var object: AlertObject

    public init(_ name: AlertName, _ object: AlertObject = .none) {
        self.name = name
        self.object = object
    }
}

extension AlertObject {
    /// The labels that apply, in the order of the contract.
    public var labels: [(String, String)] {
        let all: [(String, String?)] = [
            ("link", link), ("path", path?.rawValue), ("circuit", circuit), ("connection", connection?.rawValue),
            ("peering", peering?.rawValue), ("target", target), ("proxy", proxy),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}
