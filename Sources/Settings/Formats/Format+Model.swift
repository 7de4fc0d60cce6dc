import Document
import Model
import Wire

extension Format where Value == Duration {
    /// `100ms`, `1s`, `5m`, `1h30m`, within bounds.
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        let bounds = "from \(range.lowerBound.text) to \(range.upperBound.text)"
        return scalar("a duration", allowed: "a duration \(bounds), such as 100ms, 1s, 5m") {
            text throws(ScalarError) in
            guard let value = Duration(parsing: text) else {
                throw ScalarError(
                    "\(quoted(text)) is no duration",
                    allowed: "a number with a unit: 100ms, 1s, 5m, 1h30m"
                )
            }
            guard range.contains(value) else { throw ScalarError("\(quoted(text)) is out of range") }
            return value
        }
    }

    static var interval: Self { duration(.milliseconds(10)...(.seconds(86_400))) }
    static var timeout: Self { duration(.milliseconds(1)...(.seconds(600))) }
    /// How long something must hold; may be zero.
    static var hold: Self { duration(.zero...(.seconds(7 * 86_400))) }
    /// How long something may take; never zero.
    static var budget: Self { duration(.milliseconds(1)...(.seconds(7 * 86_400))) }
}

extension Format where Value == Target {
    static var target: Self {
        let schemes = Target.Scheme.allCases.map(\.rawValue).joined(separator: ", ")
        let allowed = "SCHEME://HOST[:PORT] with one of \(schemes), or a bare host for icmp"
        return scalar("a target", allowed: allowed) { text throws(ScalarError) in
            do throws(TargetError) {
                return try Target.probed(text)
            } catch {
                throw ScalarError(error.description, allowed: error.description.contains("allowed:") ? "" : nil)
            }
        }
    }
}

extension Format where Value == IPAddress {
    static var address: Self {
        scalar("an address", allowed: "an IPv4 or IPv6 address") { text throws(ScalarError) in
            guard let value = IPAddress(text) else { throw ScalarError("\(quoted(text)) is no address") }
            return value
        }
    }
}

extension Format where Value == Subnet {
    /// A prefix in CIDR notation without host bits.
    static var subnet: Self {
        scalar("a subnet", allowed: "a prefix in CIDR notation such as 10.0.0.0/8") { text throws(ScalarError) in
            if let subnet = Subnet(text) { return subnet }
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            if parts.count == 2, let address = IPAddress(parts[0]), let length = UInt8(parts[1]),
                Int(length) <= address.bitWidth
            {
                let base = Subnet.masked(address, to: Int(length))
                throw ScalarError("\(quoted(text)) has host bits set", allowed: "\(base)/\(length)")
            }
            throw ScalarError("\(quoted(text)) is no subnet")
        }
    }

    /// The subnet of one connection of a circuit: two usable addresses, customer and Microsoft.
    static var connectionSubnet: Self {
        subnet.checked(allowed: "a /30 (IPv4) or /126 (IPv6)") { subnet in
            let needed = subnet.address.isIPv4 ? 30 : 126
            let isUsable = subnet.prefixLength == needed && subnet.address(at: 1)?.isOfHost == true
            return isUsable ? nil : "'\(subnet)' is not the subnet of a connection"
        }
    }
}

extension Format where Value == HostPort {
    static var hostPort: Self {
        scalar("HOST:PORT", allowed: "HOST:PORT, IPv6 in brackets, the port from 1 to 65535") {
            text throws(ScalarError) in
            let parsed: Target
            do throws(TargetError) {
                parsed = try Target(parsing: "tcp://" + text)
            } catch {
                throw ScalarError("\(quoted(text)) is no HOST:PORT")
            }
            guard let port = parsed.port, !text.contains("/") else {
                throw ScalarError("\(quoted(text)) is no HOST:PORT")
            }
            return HostPort(host: parsed.host, port: port)
        }
    }
}

extension Format where Value == WallTime {
    static var time: Self {
        Format<Int64>.moment.map { WallTime(nanoseconds: $0) }
    }
}

extension Format where Value == UInt32 {
    /// A packet mark, decimal or with `0x`; zero means no mark and is refused.
    static var mark: Self {
        scalar("a mark", allowed: "a number from 1 to 0xffffffff", takesQuotes: false) { text throws(ScalarError) in
            let isHexadecimal = text.hasPrefix("0x")
            let digits = isHexadecimal ? text.dropFirst(2) : Substring(text)
            let isPlain = digits.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
            guard isPlain, isHexadecimal || digits.first != "0" || digits == "0",
                let value = UInt32(digits, radix: isHexadecimal ? 16 : 10)
            else { throw ScalarError("\(quoted(text)) is no mark") }
            guard value > 0 else { throw ScalarError("a mark of 0 marks nothing") }
            return value
        }
    }
}
