import Testing

@testable import Blackbox

@Suite("messages of gRPC's health check")
struct HealthCheckTests {
    @Test("a request has its prefix, its length and the service, if there is one")
    func request() {
        #expect(HealthCheck.request("") == [0, 0, 0, 0, 0])
        #expect(HealthCheck.request("ab") == [0, 0, 0, 0, 4, 0x0A, 2, 97, 98])
        let long = HealthCheck.request(String(repeating: "x", count: 300))
        #expect(long.prefix(9) == [0, 0, 0, 1, 47, 0x0A, 0xAC, 2, 120] && long.count == 308)
    }

    @Test(
        "a status is read, and fields that nobody knows are passed over",
        arguments: [
            ([0, 0, 0, 0, 0], HealthCheck.ServingStatus.unknown), ([0, 0, 0, 0, 2, 8, 1], .serving),
            ([0, 0, 0, 0, 2, 8, 2], .notServing), ([0, 0, 0, 0, 2, 8, 3], .serviceUnknown),
            ([0, 0, 0, 0, 6, 0x12, 2, 1, 2, 8, 1], .serving), ([0, 0, 0, 0, 7, 0x1D, 1, 2, 3, 4, 8, 1], .serving),
        ] as [([UInt8], HealthCheck.ServingStatus)]
    )
    func status(body: [UInt8], status: HealthCheck.ServingStatus) { #expect(HealthCheck.status(in: body) == status) }

    @Test(
        "what is no whole message is none",
        arguments: [
            [], [0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 3, 8, 1], [0, 0, 0, 0, 1, 8, 1], [0, 0, 0, 0, 2, 8, 9],
            [0, 0, 0, 0, 2, 8, 128], [0, 0, 0, 0, 2, 0x12, 9], [0, 0, 0, 0, 1, 0x0F], [0, 255, 255, 255, 255, 8],
            [0, 0, 0, 0, 12, 0x12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0],
        ] as [[UInt8]]
    )
    func none(body: [UInt8]) { #expect(HealthCheck.status(in: body) == nil) }
}
