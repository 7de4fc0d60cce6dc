import Model
import Sockets

/// `outages.json` in the state directory: the open outages, as the run before left them and as this one keeps them.
final class OutageFile: Sendable {
    static let name = "outages.json"

    /// Those that the run before left open.
    let former: OpenOutages?
    /// Why there are none although there is a file, for people.
    let problem: String?
    private let file: ReplacedFile
    /// A file of a newer version stays as it is.
    private let isWritable: Bool

    init(directory: String) {
        let path = "\(directory)/\(Self.name)"
        file = ReplacedFile(path: path, threadName: "np-outages")
        guard let bytes = file.read() else {
            (former, problem, isWritable) = (nil, nil, true)
            return
        }
        do throws(OpenOutages.Unreadable) {
            (former, problem, isWritable) = (try OpenOutages(bytes), nil, true)
        } catch {
            let consequence = "an outage that the run before left open is counted from now on"
            switch error {
            case .newer(let version):
                problem =
                    "\(path) was written by a newer version (\(version), this one reads \(OpenOutages.version)); it is left "
                    + "as it is, open outages of this run are not kept over a restart, and \(consequence)"
                isWritable = false
            case .damaged:
                problem = "\(path) is damaged; it is written anew with the next outage, and \(consequence)"
                isWritable = true
            }
            former = nil
        }
    }

    /// Does not wait for the disk.
    func keep(_ outages: OpenOutages) {
        if isWritable { file.write(outages.bytes) }
    }

    /// Waits until what was last kept is on disk, and not for long.
    func finish() { file.finish(within: .milliseconds(300)) }
}
