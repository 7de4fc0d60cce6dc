internal import Document
public import Model
public import Wire

/// Why a file is no list of Azure's address ranges.
public struct AllowListError: Error, Equatable, CustomStringConvertible {
    public let description: String
}

/// Azure's address ranges as a site has allowed them: a Service Tags file (JSON, weekly), or the list that it replaced (XML,
/// withdrawn 2020-06-30).
public struct AddressAllowList: Sendable, Equatable {
    /// Microsoft publishes it no more.
    public var isWithdrawn: Bool
    /// `changeNumber` of a Service Tags file.
    public var changeNumber: Int64?
    /// The day in the name of the file; nil where there is none.
    public var published: WallTime?
    private var prefixes: [Int: Set<Subnet>]

    /// Files that Microsoft publishes have 1 to 10 MB.
    public static let mostBytes = 32 << 20

    /// - Parameters:
    ///   - name: of the file: `ServiceTags_Public_20261123.json`, `PublicIPs_20200518.xml`.
    ///   - content: the tag `Storage` where there is one, else all ranges of the file.
    public init(name: String, content: [UInt8]) throws(AllowListError) {
        published = Self.day(in: name)
        prefixes = [:]
        let start = content.first { $0 > 32 && $0 < 128 }
        let ranges: [Substring]
        if start == UInt8(ascii: "<") {
            isWithdrawn = true
            ranges = Self.subnets(ofXML: content)
        } else {
            isWithdrawn = false
            let tags = try Self.tags(content)
            changeNumber = tags.changeNumber
            ranges = tags.ranges
        }
        for range in ranges {
            guard let subnet = Subnet(range) else { continue }
            prefixes[Self.key(subnet.address, subnet.prefixLength), default: []].insert(subnet)
        }
        guard !prefixes.isEmpty else { throw AllowListError(description: "\(name) holds no address range") }
    }

    public var count: Int { prefixes.values.reduce(0) { $0 + $1.count } }

    public func covers(_ address: IPAddress) -> Bool {
        (0...address.bitWidth).contains { length in
            guard let known = prefixes[Self.key(address, length)] else { return false }
            let base = Subnet.masked(address, to: length)
            return Subnet(address: base, prefixLength: length).map(known.contains) ?? false
        }
    }

    /// How old the list is; nil where its name has no day.
    public func age(at now: WallTime) -> Duration? { published.map { now - $0 } }

    private static func key(_ address: IPAddress, _ length: Int) -> Int { address.isIPv4 ? length : 256 + length }

    /// The last eight digits in a row: `20261123`.
    static func day(in name: String) -> WallTime? {
        let digits = name.split { !$0.isNumber }.last { $0.utf8.count == 8 }
        guard let digits, let number = Int(digits) else { return nil }
        let text = "\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))T00:00:00Z"
        return number > 2000_00_00 ? Timestamp.nanoseconds(text).map { WallTime(nanoseconds: $0) } : nil
    }

    private static func tags(_ content: [UInt8]) throws(AllowListError) -> (changeNumber: Int64?, ranges: [Substring]) {
        let document: JSONValue
        do throws(JSONError) {
            let text = content.starts(with: [0xEF, 0xBB, 0xBF]) ? content.dropFirst(3) : content[...]
            document = try JSONValue(parsing: text, limits: JSONLimits(bytes: mostBytes))
        } catch {
            throw AllowListError(description: "no Service Tags file: \(error)")
        }
        guard let values = document["values"]?.asArray else {
            throw AllowListError(description: "no Service Tags file: it has no list 'values'")
        }
        let byTag = values.compactMap { tag -> (name: String, ranges: [Substring])? in
            guard let name = tag["name"]?.asString, let ranges = tag["properties"]?["addressPrefixes"]?.asArray else {
                return nil
            }
            return (name, ranges.compactMap { $0.asString?[...] })
        }
        let whole = byTag.filter { $0.name == "Storage" }
        let regional = byTag.filter { $0.name.hasPrefix("Storage.") }
        let chosen = whole.isEmpty ? (regional.isEmpty ? byTag : regional) : whole
        return (document["changeNumber"]?.asInteger, chosen.flatMap(\.ranges))
    }

    /// The values of `Subnet="…"`.
    private static func subnets(ofXML content: [UInt8]) -> [Substring] {
        let text = String(decoding: content, as: UTF8.self)
        return text.split(separator: "<").compactMap { element in
            guard element.hasPrefix("IpRange"), let start = element.firstRange(of: "Subnet=\"") else { return nil }
            return element[start.upperBound...].prefix { $0 != "\"" }
        }
    }
}
