import Logging
import ServiceLifecycle
import Web

/// The web side of a program whose probing and alerting do not wait for it: while another program has the address it is
/// tried again and again.
struct PatientServer: Service {
    let server: WebServer
    /// False: an address that is in use ends the program.
    let isPatient: Bool
    let logger: Logger

    private static let pause: Duration = .seconds(5)

    func run() async throws {
        var isTold = false
        while true {
            do {
                return try await server.run()
            } catch let error as ListenError where error.isInUse && isPatient {
                if !isTold {
                    logger.error("\(error); probing and alerting go on, and the address is tried again each 5 s")
                }
                isTold = true
            }
            guard (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: Self.pause) })) != nil else {
                return
            }
        }
    }
}
