import Document
import Model

/// Finds `<secret>`, which stands in a printed configuration where a secret was: loadable, but of no use.
struct PlaceholderCheck {
    let log: DiagnosticLog

    func check(_ node: Node) {
        switch node.content {
        case .null:
            break
        case .scalar(let text, _):
            if text.contains(Secret.placeholder) {
                let allowed = "${NAME} of the environment, or a file"
                log.warning("\(Secret.placeholder) is a placeholder, not a secret", at: node.mark, allowed: allowed)
            }
        case .sequence(let items):
            for item in items { check(item) }
        case .mapping(let entries):
            for entry in entries { check(entry.value) }
        }
    }
}
