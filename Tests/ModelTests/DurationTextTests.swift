import Model
import Testing

@Suite("Durations for people")
struct DurationTextTests {
    @Test(
        "seconds have three decimals, rounded, also before zero",
        arguments: [
            (.zero, "0.000"), (.microseconds(499), "0.000"), (.microseconds(500), "0.001"),
            (.milliseconds(1_005), "1.005"), (.seconds(75), "75.000"), (.milliseconds(-250), "-0.250"),
            (.milliseconds(-3_000), "-3.000"), (.milliseconds(-3_599_900), "-3599.900"),
            (.microseconds(-499), "0.000"), (.nanoseconds(Int64.min), "-9223372036.855"),
            (.nanoseconds(Int64.max), "9223372036.855"),
        ] as [(Duration, String)]
    )
    func seconds(duration: Duration, text: String) {
        #expect(duration.secondsText == text)
    }

    @Test(
        "milliseconds have three decimals, rounded",
        arguments: [
            (.microseconds(3_250), "3.250"), (.nanoseconds(499), "0.000"), (.nanoseconds(500), "0.001"),
            (.seconds(2), "2000.000"),
        ] as [(Duration, String)]
    )
    func milliseconds(duration: Duration, text: String) {
        #expect(duration.millisecondsText == text)
    }
}
