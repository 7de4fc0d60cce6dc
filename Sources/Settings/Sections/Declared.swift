import Document
import Model

/// Names that the document declares, also where the thing itself has mistakes: a reference to it is none.
struct Declared {
    private(set) var circuits: [String] = []
    private(set) var vpns: [String] = []
    private(set) var links: [String] = []
    private(set) var proxies: [String] = []
    /// What each path carries; nil where the circuit's peering is wrong.
    private(set) var paths: [PathID: Peering?] = [.internet: .microsoft]
    /// In the order of the document, `internet` last.
    private(set) var pathNames: [String] = []

    init(_ root: Node) {
        for entry in root["circuits"]?.entries ?? [] {
            circuits.append(entry.key)
            let written = entry.value["peering"].flatMap { $0.isNull ? nil : $0 }
            let peering = written.map { Peering(rawValue: $0.text ?? "") } ?? .private
            for connection in Connection.allCases {
                add(PathID(circuit: entry.key, connection: connection), carrying: peering)
            }
        }
        for entry in root["vpns"]?.entries ?? [] where entry.key != PathID.internet.rawValue {
            vpns.append(entry.key)
            add(PathID(rawValue: entry.key), carrying: .private)
        }
        pathNames.append(PathID.internet.rawValue)
        links = Self.names(root["links"])
        proxies = Self.names(root["proxies"]).filter { $0 != StorageAccount.direct }
    }

    private mutating func add(_ path: PathID, carrying peering: Peering?) {
        paths.updateValue(peering, forKey: path)
        pathNames.append(path.rawValue)
    }

    private static func names(_ list: Node?) -> [String] {
        var seen: Set<String> = []
        return (list?.items ?? []).compactMap { $0["name"]?.text }.filter { seen.insert($0).inserted }
    }
}
