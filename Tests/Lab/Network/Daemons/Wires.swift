import Glibc
import Model
public import TestSupport

/// The lab's cables: pairs of TAP devices joined by `labwire`, which harms frames as told and lists what it did.
public final class Wires: Sendable {
    public enum Way: String, Sendable {
        /// From the end that was named first.
        case out
        case back
        case both
    }

    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    private let process: Subprocess
    public let control: String
    public let ledger: String

    init(inside namespace: Namespace, folder: TemporaryFolder) throws {
        control = "\(folder.path)/wires"
        ledger = "\(folder.path)/wires.list"
        let (control, ledger) = (control, ledger)
        let command = [try BuiltProgram.path(of: "labwire"), "serve", control, ledger]
        // In a namespace of the lab, so that whoever sweeps up after a dead run finds it.
        process = try Subprocess(namespace.command(command))
        try eventually("the wires' control is there") { [process] () throws -> Bool? in
            if let ending = process.ending { throw Failed(description: "labwire: \(ending) \(process.errors)") }
            return FileKind.isSocket(control) ? true : nil
        }
    }

    /// Tells `labwire`; it took effect between the two moments.
    @discardableResult
    public func tell(_ words: String...) throws -> Moment {
        try tell(words)
    }

    @discardableResult
    func tell(_ words: [String]) throws -> Moment {
        let answer = try Shell.run([try BuiltProgram.path(of: "labwire"), "tell", control] + words)
        let numbers = answer.split(separator: " ").compactMap { Int64($0.filter { $0 != "\n" }) }
        guard numbers.count >= 2 else { throw Failed(description: "labwire: \(words): \(answer)") }
        return Moment(before: MonotonicTime(nanoseconds: numbers[0]), after: MonotonicTime(nanoseconds: numbers[1]))
    }

    /// What a wire does from now on, in place of what it did: `loss=0.05`, `delay_us=1000`, `source=10.9.0.11` …
    public func set(_ wire: String, _ way: Way = .both, _ settings: [String]) throws {
        let answer = try Shell.finish(
            [try BuiltProgram.path(of: "labwire"), "tell", control, "set", wire, way.rawValue] + settings
        )
        guard answer.status == 0 else { throw Failed(description: "labwire: \(wire) \(settings): \(answer.errors)") }
    }

    func end() {
        process.destroy()
    }
}
