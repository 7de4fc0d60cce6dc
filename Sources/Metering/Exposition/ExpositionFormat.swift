/// A wire form of the metrics, with what its Content-Type says.
public struct ExpositionFormat: Hashable, Sendable {
    public enum Syntax: Hashable, Sendable {
        /// Text format 0.0.4 of Prometheus.
        case text
        /// OpenMetrics; versions 1.0.0 and 0.0.1 are the same bytes.
        case openMetrics(version: String)
        /// Delimited `io.prometheus.client.MetricFamily`, with native histograms.
        case protobuf
    }

    /// How names outside the legacy set would be written. All our names lie inside, so only the Content-Type differs.
    public enum Escaping: String, Hashable, Sendable {
        case underscores, dots, values
        case allowUTF8 = "allow-utf-8"
    }

    public var syntax: Syntax
    public var escaping: Escaping

    public init(_ syntax: Syntax, escaping: Escaping = .underscores) {
        self.syntax = syntax
        self.escaping = escaping
    }

    public static let text = Self(.text)
    public static let openMetrics = Self(.openMetrics(version: "1.0.0"))
    public static let protobuf = Self(.protobuf)

    /// As client_golang answers.
    public var contentType: String {
        let type =
            switch syntax {
            case .text: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics(let version): "application/openmetrics-text; version=\(version); charset=utf-8"
            case .protobuf:
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        return "\(type); escaping=\(escaping.rawValue)"
    }
}

extension MetricStore {
    /// The whole exposition.
    /// - Parameter capacity: bytes to set aside, best the size of the last one.
    public func render(_ format: ExpositionFormat, capacity: Int = 1 << 16) -> [UInt8] {
        switch format.syntax {
        case .text: TextExposition.render(self, isOpenMetrics: false, capacity: capacity)
        case .openMetrics: TextExposition.render(self, isOpenMetrics: true, capacity: capacity)
        case .protobuf: ProtobufExposition.render(self)
        }
    }
}
