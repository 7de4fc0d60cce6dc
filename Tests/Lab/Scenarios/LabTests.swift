import TestSupport
import Testing

/// The built program in a hybrid network of real daemons, one scenario at a time.
@Suite("the lab", .serialized, .onOwnThread)
enum LabTests {}

/// What every scenario needs of the machine.
func labIsPossible(sourceLocation: SourceLocation = #_sourceLocation) -> Bool {
    Requirement.met(
        .root,
        .program("ip", package: "iproute2"),
        .program("nft", package: "nftables"),
        .program("sysctl", package: "procps"),
        .program("fping", package: "fping"),
        .program("vtysh", package: "frr"),
        .program("swanctl", package: "strongswan-swanctl"),
        .program("/usr/lib/ipsec/charon", package: "strongswan-charon"),
        .program("/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so", package: "libcharon-extra-plugins"),
        .program("prometheus", package: "prometheus"),
        .program("promtool", package: "prometheus"),
        .program("prometheus-alertmanager", package: "prometheus-alertmanager"),
        sourceLocation: sourceLocation
    )
}
