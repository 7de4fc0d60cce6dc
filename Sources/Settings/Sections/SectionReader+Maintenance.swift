import Document
import Model

extension SectionReader {
    mutating func readMaintenance(_ root: MappingReader) {
        configuration.maintenance = root.items("maintenance").compactMap { node in
            MappingReader(node, Schema.maintenance, log).flatMap(window)
        }
    }

    private func window(_ reader: MappingReader) -> MaintenanceWindow? {
        let objects = ["circuit", "vpn", "link"].filter { reader.node($0) != nil }
        let allowed = "exactly one of circuit, vpn, link"
        if objects.isEmpty { log.error("the window names no object", at: reader.mark, allowed: allowed) }
        if let second = objects.dropFirst().first {
            log.error("the window names two objects", at: reader.mark(of: second), allowed: allowed)
        }
        let circuit = reference("circuit", reader, known: declared.circuits)
        let vpn = reference("vpn", reader, known: declared.vpns)
        let link = reference("link", reader, known: declared.links)
        let connection: Connection? = reader.optional("connection", .choice)
        if reader.node("connection") != nil, reader.node("circuit") == nil {
            let place = reader.mark(of: "connection")
            log.error("connection without circuit", at: place, allowed: "connection together with circuit")
        }
        let from = reader.required("from", .time)
        let to = reader.required("to", .time)
        let ticket = reader.value("ticket", .text, default: "")
        guard let from, let to else { return nil }
        if to <= from {
            log.error("the window ends before it starts", at: reader.mark(of: "to"), allowed: "a time after from")
        }
        return MaintenanceWindow(
            circuit: circuit,
            connection: connection,
            vpn: vpn,
            link: link,
            from: from,
            to: to,
            ticket: ticket
        )
    }

    private func reference(_ key: String, _ reader: MappingReader, known: [String]) -> String? {
        guard let name = reader.optional(key, .text) else { return nil }
        if !known.contains(name) { reportUnknown(name, key, at: reader.mark(of: key), known: known) }
        return name
    }
}
