/// The type of an IKE notify message; unknown numbers are kept (IANA "IKEv2 Notify Message Types").
public struct IKENotify: Hashable, Sendable, RawRepresentable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let unsupportedCriticalPayload = IKENotify(rawValue: 1)
    public static let invalidIKESPI = IKENotify(rawValue: 4)
    public static let invalidMajorVersion = IKENotify(rawValue: 5)
    public static let invalidSyntax = IKENotify(rawValue: 7)
    public static let invalidMessageID = IKENotify(rawValue: 9)
    public static let invalidSPI = IKENotify(rawValue: 11)
    public static let noProposalChosen = IKENotify(rawValue: 14)
    public static let invalidKEPayload = IKENotify(rawValue: 17)
    public static let authenticationFailed = IKENotify(rawValue: 24)
    public static let temporaryFailure = IKENotify(rawValue: 43)
    public static let natDetectionSourceIP = IKENotify(rawValue: 16388)
    public static let natDetectionDestinationIP = IKENotify(rawValue: 16389)
    public static let cookie = IKENotify(rawValue: 16390)
    public static let redirect = IKENotify(rawValue: 16407)

    /// RFC 7296 §3.10.1: types below 16384 are errors.
    public var isError: Bool { rawValue < 16384 }
}

extension IKENotify: CustomStringConvertible {
    /// The RFC's name: `NO_PROPOSAL_CHOSEN`; of an unknown one its number: `NOTIFY_43210`.
    public var description: String {
        switch rawValue {
        case 1: "UNSUPPORTED_CRITICAL_PAYLOAD"
        case 4: "INVALID_IKE_SPI"
        case 5: "INVALID_MAJOR_VERSION"
        case 7: "INVALID_SYNTAX"
        case 9: "INVALID_MESSAGE_ID"
        case 11: "INVALID_SPI"
        case 14: "NO_PROPOSAL_CHOSEN"
        case 17: "INVALID_KE_PAYLOAD"
        case 24: "AUTHENTICATION_FAILED"
        case 34: "SINGLE_PAIR_REQUIRED"
        case 35: "NO_ADDITIONAL_SAS"
        case 36: "INTERNAL_ADDRESS_FAILURE"
        case 37: "FAILED_CP_REQUIRED"
        case 38: "TS_UNACCEPTABLE"
        case 39: "INVALID_SELECTORS"
        case 43: "TEMPORARY_FAILURE"
        case 44: "CHILD_SA_NOT_FOUND"
        case 16384: "INITIAL_CONTACT"
        case 16385: "SET_WINDOW_SIZE"
        case 16386: "ADDITIONAL_TS_POSSIBLE"
        case 16387: "IPCOMP_SUPPORTED"
        case 16388: "NAT_DETECTION_SOURCE_IP"
        case 16389: "NAT_DETECTION_DESTINATION_IP"
        case 16390: "COOKIE"
        case 16391: "USE_TRANSPORT_MODE"
        case 16393: "REKEY_SA"
        case 16394: "ESP_TFC_PADDING_NOT_SUPPORTED"
        case 16395: "NON_FIRST_FRAGMENTS_ALSO"
        case 16396: "MOBIKE_SUPPORTED"
        case 16404: "MULTIPLE_AUTH_SUPPORTED"
        case 16406: "REDIRECT_SUPPORTED"
        case 16407: "REDIRECT"
        case 16408: "REDIRECTED_FROM"
        case 16418: "CHILDLESS_IKEV2_SUPPORTED"
        case 16430: "IKEV2_FRAGMENTATION_SUPPORTED"
        case 16431: "SIGNATURE_HASH_ALGORITHMS"
        default: "NOTIFY_\(rawValue)"
        }
    }
}
