import Testing

@testable import Probing

@Suite("who waits for whom in a turn")
struct TurnWorkTests {
    private final class Request {}

    @Test("a request waits for the others, not for itself")
    func waiting() {
        let (long, short, idle) = (Request(), Request(), Request())
        var work = TurnWork()
        work.begin(at: .milliseconds(100))
        work.note(ObjectIdentifier(long), at: .milliseconds(160))
        work.note(ObjectIdentifier(short), at: .milliseconds(161))
        work.note(nil, at: .milliseconds(163))
        #expect(work.total == .milliseconds(63))
        #expect(work.wait(of: ObjectIdentifier(long)) == .milliseconds(3))
        #expect(work.wait(of: ObjectIdentifier(short)) == .milliseconds(62))
        #expect(work.wait(of: ObjectIdentifier(idle)) == .milliseconds(63))
        work.begin(at: .seconds(1))
        #expect(work.total == .zero && work.wait(of: ObjectIdentifier(idle)) == .zero)
    }
}
