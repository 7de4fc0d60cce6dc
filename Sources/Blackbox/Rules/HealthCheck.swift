/// The messages of gRPC's standard health check (`grpc.health.v1`), with gRPC's prefix of five bytes. Pure.
public enum HealthCheck {
    public static let path = "/grpc.health.v1.Health/Check"

    public enum ServingStatus: Int, CaseIterable, Sendable {
        case unknown, serving, notServing, serviceUnknown

        public var name: String {
            switch self {
            case .unknown: "UNKNOWN"
            case .serving: "SERVING"
            case .notServing: "NOT_SERVING"
            case .serviceUnknown: "SERVICE_UNKNOWN"
            }
        }
    }

    /// Status codes of gRPC that are ours to give.
    public enum Code: Int, Sendable {
        case ok = 0
        case unknown = 2
        case deadlineExceeded = 4
        case permissionDenied = 7
        case unimplemented = 12
        case `internal` = 13
        case unavailable = 14
        case unauthenticated = 16
    }

    /// `HealthCheckRequest {string service = 1}`; an empty service is left out.
    public static func request(_ service: String) -> [UInt8] {
        let name = Array(service.utf8)
        let message = name.isEmpty ? [] : [0x0A] + variableLength(name.count) + name
        let length = (0..<4).map { UInt8(truncatingIfNeeded: message.count >> (24 - 8 * $0)) }
        return [0] + length + message
    }

    /// `HealthCheckResponse {ServingStatus status = 1}`; other fields are passed over.
    /// - Returns: nil for what is no whole, uncompressed message, or a status that nobody knows.
    public static func status(in body: [UInt8]) -> ServingStatus? {
        guard body.count >= 5, body[0] == 0 else { return nil }
        let length = body[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard body.count == 5 + length else { return nil }
        var rest = body[5...]
        var found = 0
        while !rest.isEmpty {
            guard let key = number(&rest) else { return nil }
            switch key & 7 {
            case 0:
                guard let value = number(&rest) else { return nil }
                if key >> 3 == 1 { found = value }
            case 1:
                guard rest.count >= 8 else { return nil }
                rest = rest.dropFirst(8)
            case 2:
                guard let count = number(&rest), count >= 0, count <= rest.count else { return nil }
                rest = rest.dropFirst(count)
            case 5:
                guard rest.count >= 4 else { return nil }
                rest = rest.dropFirst(4)
            default: return nil
            }
        }
        return ServingStatus(rawValue: found)
    }

    /// What an HTTP status means where there is no status of gRPC (its http-grpc-status-mapping).
    public static func code(ofHTTP status: Int) -> Code {
        switch status {
        case 400: .internal
        case 401: .unauthenticated
        case 403: .permissionDenied
        case 404: .unimplemented
        case 429, 502, 503, 504: .unavailable
        default: .unknown
        }
    }

    private static func variableLength(_ number: Int) -> [UInt8] {
        var rest = number
        var bytes: [UInt8] = []
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(truncatingIfNeeded: rest)]
    }

    /// A varint of at most ten bytes.
    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return Int(truncatingIfNeeded: value) }
        }
        return nil
    }
}
