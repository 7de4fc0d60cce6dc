internal import Sockets

/// The interface of a pin, found again by its name when it vanishes and returns.
struct PinnedInterface {
    let name: String?
    private(set) var index: Int32 = 0
    private var isUp = false
    private var checkedAt = Int64.min

    /// How long an answer of the kernel holds.
    private static let validity: Int64 = 20_000_000

    init(_ name: String?) {
        self.name = name
        refresh()
    }

    /// Looks the name up again.
    mutating func refresh() {
        index = name.flatMap { Interface.index(of: $0) } ?? 0
    }

    /// Whether it is there, up and has carrier; true where none is pinned.
    mutating func isUsable(now: Int64, through socket: borrowing Socket) -> Bool {
        guard let name else { return true }
        if !isUp || checkedAt == .min || now &- checkedAt > Self.validity {
            checkedAt = now
            refresh()
            isUp = index != 0 && Interface.isUsable(name, through: socket)
        }
        return isUp
    }

    /// The kernel refused the index: look again before the next use.
    mutating func invalidate() {
        isUp = false
    }
}
