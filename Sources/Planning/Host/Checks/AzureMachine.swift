/// Whether a host is an Azure VM, by the tag that Azure puts on every chassis.
enum AzureMachine: Equatable, Sendable {
    case yes, no
    /// The tag cannot be read.
    case unknown

    /// Microsoft's documented value.
    private static let tag = "7783-7084-3265-9085-8269-3286-77"

    init(_ host: HostFiles) {
        guard let text = host.text(HostFiles.assetTag) else {
            self = .unknown
            return
        }
        self = text.split(whereSeparator: \.isWhitespace).first.map { $0 == Self.tag } == true ? .yes : .no
    }
}
