import TestSupport
import Testing

/// The built program in a network of namespaces: one scenario at a time, each on a thread of its own.
@Suite("netprobe in the lab", .serialized, .onOwnThread)
enum NetworkTests {}

/// What every scenario needs of the machine.
func labIsPossible(sourceLocation: SourceLocation = #_sourceLocation) -> Bool {
    Requirement.met(
        .root,
        .program("ip", package: "iproute2"),
        .program("nft", package: "nftables"),
        .program("sysctl", package: "procps"),
        sourceLocation: sourceLocation
    )
}
