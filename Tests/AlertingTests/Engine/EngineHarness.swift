import Model
import TestSupport

@testable import Alerting

/// An engine with receivers of the test's own, fed with judgements instead of snapshots.
struct EngineHarness {
    let engine: AlertEngine
    let book = LogBook()

    init(
        ports: [UInt16],
        directory: String?,
        timeout: Duration = .milliseconds(200),
        format: ReceiverSettings.Format = .alertmanagerAPI,
        timing: AlertTiming = AlertTiming()
    ) {
        let receivers = ports.map {
            ReceiverSettings(url: "http://127.0.0.1:\($0)", format: format, timeout: timeout)
        }
        engine = AlertEngine(
            settings: AlertSettings(
                topology: exampleTopology(),
                timing: timing,
                receivers: receivers,
                stateDirectory: directory
            ),
            logger: book.logger,
            backoff: Backoff(first: .milliseconds(10), most: .milliseconds(50))
        )
        engine.start()
    }

    /// One evaluation with the machine's clocks.
    func step(_ conditions: [AlertCondition]) {
        engine.step(clock: ClockReading(monotonic: Clock.now, wall: Clock.wall)) { _, _ in judgement(conditions) }
    }
}
