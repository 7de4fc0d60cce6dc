import Glibc
import Logging
import Model
import Probing
import ServiceLifecycle
import Settings
import Sockets
import UnixSignals
import Web

/// What `netprobe serve` does, from the start to the orderly end.
public enum ServeProgram {
    /// Blocks until a signal ends the program.
    /// - Returns: the exit status.
    public static func run(_ options: ServeOptions) -> Int32 {
        LoggingSystem.bootstrap { _ in PlainLogHandler() }
        signal(SIGPIPE, SIG_IGN)
        // What it writes is for its own user and group.
        umask(0o027)
        // Until the program can reload, a hang-up must not end it.
        signal(SIGHUP, SIG_IGN)
        let logger = Logger(label: "netprobe")
        do {
            let program = try Program.prepare(options, logger: logger)
            let end = try Inbox<Int32>()
            Task { end.post(await serve(program, logger: logger)) }
            let status = wait(for: end)
            program.removeTemporaryState()
            return status
        } catch let failure as StartFailure {
            for line in failure.lines { logger.error("\(line)") }
            return failure.status
        } catch {
            logger.error("\(error)")
            return 1
        }
    }

    /// Hands the exit status from the asynchronous side to the main thread.
    private static func wait(for end: Inbox<Int32>) -> Int32 {
        while true {
            if let status = end.take().first { return status }
            end.wait(nil)
        }
    }

    private static func serve(_ program: Program, logger: Logger) async -> Int32 {
        let server = WebServer(listen: program.address, source: program.webSource) { address in
            logger.info(
                "metrics on http://\(address)/metrics, the state of all links on http://\(address)/api/v1/links"
            )
            program.announce(address)
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: program, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(
                        service: PatientServer(server: server, isPatient: !program.isDemo, logger: logger),
                        successTerminationBehavior: .gracefullyShutdownGroup
                    ),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet
            )
        )
        do {
            try await group.run()
            return 0
        } catch {
            program.stop()
            logger.error("\(error)")
            return 1
        }
    }

    /// The lifecycle's own lines say nothing to the people who read the log.
    private static var quiet: Logger {
        Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
    }
}
