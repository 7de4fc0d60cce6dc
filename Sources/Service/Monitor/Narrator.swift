import Links
import Logging
import Model

/// Says in plain sentences what changed.
enum Narrator {
    struct Sentence: Equatable {
        var text: String
        var link: String?
        var path: PathID?
        var level = Logger.Level.info
    }

    /// Nil for changes that only other parts use.
    static func tell(_ change: LinksChange) -> Sentence? {
        switch change {
        case .path(let link, let path, let from, let to, _, let evidence):
            let text = "path \(path) of \(link) is \(to.rawValue) (was \(from.rawValue))" + reasons(evidence)
            return Sentence(text: text, link: link, path: path, level: to == .down ? .warning : .info)
        case .link(let link, let from, let to, _, let evidence):
            let text = "link \(link) is \(to.rawValue) (was \(from.rawValue))" + reasons(evidence)
            return Sentence(text: text, link: link, level: to == .down ? .warning : .info)
        case .failover(let link, let from, let to, _, let evidence):
            let verb = to > from ? "failed over" : "failed back"
            let text = "link \(link) has \(verb) from tier \(from) to tier \(to)" + reasons(evidence)
            return Sentence(text: text, link: link, level: to > from ? .warning : .info)
        case .shift(let link, let from, let to, _):
            return Sentence(text: "link \(link): traffic shifted from \(names(from)) to \(names(to))", link: link)
        case .outageOpened(let link, _, _):
            return Sentence(text: "link \(link): an outage began, no workload answers", link: link, level: .warning)
        case .outageResumed(let link, let start, let at):
            let text = "link \(link): still in the outage that began \((at - start).secondsText) s ago"
            return Sentence(text: text, link: link, level: .warning)
        case .outageClosed(let link, let outage):
            return Sentence(
                text: "link \(link): the outage is over, it lasted \(outage.duration.secondsText) s",
                link: link
            )
        case .flowLost(let link, let target, let flow, _):
            return Sentence(text: "link \(link): flow \(flow) to \(target) is lost", link: link, level: .debug)
        case .flowRestored(let link, let target, let flow, let outage):
            let text = "link \(link): flow \(flow) to \(target) is back after \(outage.duration.secondsText) s"
            return Sentence(text: text, link: link, level: .debug)
        case .isolated:
            return Sentence(
                text: "no reference of the site answers: this host is cut off, every verdict is unknown",
                level: .warning
            )
        case .reconnected:
            return Sentence(text: "a reference of the site answers again")
        case .suspicion, .blind:
            return nil
        }
    }

    private static func reasons(_ evidence: [Evidence]) -> String {
        evidence.isEmpty ? "" : ": " + evidence.map(\.text).joined(separator: "; ")
    }

    private static func names(_ paths: Set<PathID>) -> String {
        paths.isEmpty ? "nothing" : paths.sorted().map(\.rawValue).joined(separator: " and ")
    }
}
