extension ExpositionFormat {
    /// The best format of an `Accept` header (Prometheus content negotiation): clauses by falling `q`, the first that is
    /// offered; text 0.0.4 when none is.
    public static func negotiated(accept: String?) -> Self {
        let clauses = (accept ?? "").split(separator: ",", maxSplits: maximumClauses).prefix(maximumClauses)
            .compactMap(AcceptClause.init)
            .enumerated()
            .sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
        for (_, clause) in clauses where clause.quality > 0 {
            if let format = clause.format { return format }
        }
        return .text
    }

    /// Scrapers send five; more than this is not read.
    private static let maximumClauses = 32
}

/// One media range of an `Accept` header (RFC 9110 §12.5.1).
private struct AcceptClause {
    let mediaType: String
    private(set) var parameters: [String: String] = [:]
    private(set) var quality = 1.0

    init?(_ text: Substring) {
        var parts = text.split(separator: ";", omittingEmptySubsequences: false)[...]
        guard let type = parts.popFirst()?.trimmed.lowercased(), type.contains("/") else { return nil }
        mediaType = type
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            parameters[pair[0].trimmed.lowercased()] = String(pair[1].trimmed.unquoted)
        }
        guard let text = parameters["q"] else { return }
        guard let value = Double(text), (0...1).contains(value) else { return nil }
        quality = value
    }

    /// What is offered for this clause; nil for nothing.
    var format: ExpositionFormat? {
        let escaping = parameters["escaping"].flatMap(ExpositionFormat.Escaping.init) ?? .underscores
        let version = parameters["version"]
        switch mediaType {
        case "application/openmetrics-text":
            let version = version ?? "0.0.1"
            guard version == "1.0.0" || version == "0.0.1" else {
                return nil
            }
            return ExpositionFormat(.openMetrics(version: version), escaping: escaping)
        case "application/vnd.google.protobuf":
            let isFamily = parameters["proto"] == "io.prometheus.client.MetricFamily"
            guard isFamily, parameters["encoding"] == "delimited" else { return nil }
            return ExpositionFormat(.protobuf, escaping: escaping)
        case "text/plain":
            return version == nil || version == "0.0.4" ? ExpositionFormat(.text, escaping: escaping) : nil
        case "text/*", "*/*":
            return ExpositionFormat(.text, escaping: escaping)
        default:
            return nil
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = self
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }

    fileprivate var unquoted: Substring {
        count >= 2 && first == "\"" && last == "\"" ? dropFirst().dropLast() : self
    }
}
