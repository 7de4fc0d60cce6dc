import Glibc
import TestSupport

/// The real captures beside the checkout, read in place; nothing of them is in this repository.
enum Corpus {
    static let folder = Repository.root + "/../shared/pcaps"

    /// False when the captures are not there; that is printed.
    static var isThere: Bool {
        guard access(folder + "/index.tsv", R_OK) == 0 else {
            print("notice: test not run: no captures in \(folder)")
            return false
        }
        return true
    }

    /// Of each capture its file and the lines of its index.
    struct Entry: Sendable {
        var name: String
        var path: String
        var packets: UInt64
        var link: String

        /// The name without what tells the format.
        var stem: String { String(name.prefix { $0 != "." }) }
    }

    static func entries() throws -> [Entry] {
        let text = String(decoding: try Repository.bytes(of: folder + "/index.tsv"), as: UTF8.self)
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            let path = folder + "/corpus/" + fields[0]
            guard fields.count > 4, access(path, R_OK) == 0 else { return nil }
            return Entry(
                name: String(fields[0]),
                path: path,
                packets: UInt64(fields[3]) ?? 0,
                link: String(fields[4])
            )
        }
    }

    /// The lines of an oracle; nil where there is none for the capture.
    static func lines(_ name: String) throws -> [Substring]? {
        let path = folder + "/oracles/" + name
        guard access(path, R_OK) == 0 else { return nil }
        return String(decoding: try Gzip.bytes(of: path), as: UTF8.self).split(separator: "\n")
    }

    /// A table of tshark's fields; nil where there is none for the capture.
    static func table(_ name: String) throws -> FieldTable? {
        let path = folder + "/oracles/tshark/" + name
        guard access(path, R_OK) == 0 else { return nil }
        return FieldTable(String(decoding: try Gzip.bytes(of: path), as: UTF8.self))
    }
}

/// Lines of tab-separated fields under a line of names.
struct FieldTable {
    private let columns: [Substring: Int]
    let rows: [[Substring]]

    init(_ text: String) {
        let lines = text.split(separator: "\n")
        let names = (lines.first ?? "").split(separator: "\t", omittingEmptySubsequences: false)
        columns = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
        rows = lines.dropFirst().map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    }

    subscript(row: [Substring], name: Substring) -> Substring? {
        guard let column = columns[name], column < row.count, !row[column].isEmpty else { return nil }
        return row[column]
    }

    /// Seconds with up to nine decimals as nanoseconds.
    static func nanoseconds(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ".")
        guard let seconds = parts.first.flatMap({ Int64($0) }) else { return nil }
        let decimals = parts.count > 1 ? parts[1].prefix(9) : ""
        guard let fraction = Int64(decimals + String(repeating: "0", count: 9 - decimals.count)) else { return nil }
        return seconds * 1_000_000_000 + fraction
    }
}
