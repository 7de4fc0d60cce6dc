internal import Wire

/// Why a source cannot be read, or not to its end.
public struct CaptureError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// Not a capture, a damaged one, or one of a kind that is not read.
        case input
        /// The file or interface is not there or cannot be used.
        case absent
        /// The system refuses it to this user.
        case privilege
        /// The filter is not in the language of pcap-filter(7).
        case filter
    }

    public let kind: Kind
    /// File or interface.
    public let source: String
    public let reason: String
    /// Where in the file; nil where that says nothing.
    public let offset: Int?

    public init(_ kind: Kind, source: String, reason: String, offset: Int? = nil) {
        self.kind = kind
        self.source = source
        self.reason = reason
        self.offset = offset
    }

    public var description: String {
        "\(source): \(reason)" + (offset.map { " at byte \($0)" } ?? "")
    }
}

extension CaptureError {
    /// No packet of it can be followed.
    static func unknown(_ link: LinkType, source: String, offset: Int?) -> Self {
        // One without a name of its own has its number there.
        let name = link.name.hasPrefix("linktype") ? "" : " (\(link.name))"
        return Self(.input, source: source, reason: "link type \(link.rawValue)\(name) is not followed", offset: offset)
    }
}
