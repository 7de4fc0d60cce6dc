extension ProbeReport.Gauge {
    // Of every probe.
    public static let success = Self("probe_success", "Displays whether or not the probe was a success")
    public static let duration = Self(
        "probe_duration_seconds",
        "Returns how long the probe took to complete in seconds"
    )
    public static let lookupTime = Self(
        "probe_dns_lookup_time_seconds",
        "Returns the time taken for probe dns lookup in seconds"
    )
    public static let ipProtocol = Self("probe_ip_protocol", "Specifies whether probe ip protocol is IP4 or IP6")
    public static let addressHash = Self(
        "probe_ip_addr_hash",
        "Specifies the hash of IP address. It's useful to detect if the IP address changes."
    )
    public static let failedDueToRegex = Self("probe_failed_due_to_regex", "Indicates if probe failed due to regex")

    // Of TLS.
    public static let earliestExpiry = Self(
        "probe_ssl_earliest_cert_expiry",
        "Returns last SSL chain expiry in unixtime"
    )
    public static let chainExpiry = Self(
        "probe_ssl_last_chain_expiry_timestamp_seconds",
        "Returns last SSL chain expiry in timestamp"
    )
    public static let chainInfo = Self("probe_ssl_last_chain_info", "Contains SSL leaf certificate information")
    public static let tlsVersion = Self(
        "probe_tls_version_info",
        "Returns the TLS version used or NaN when unknown"
    )

    // Of ICMP.
    public static let icmpDuration = Self("probe_icmp_duration_seconds", "Duration of icmp request by phase")
    public static let replyHopLimit = Self(
        "probe_icmp_reply_hop_limit",
        "Replied packet hop limit (TTL for ipv4)"
    )

    // Of HTTP.
    public static let httpDuration = Self(
        "probe_http_duration_seconds",
        "Duration of http request by phase, summed over all redirects"
    )
    public static let contentLength = Self("probe_http_content_length", "Length of http content response")
    public static let bodyLength = Self("probe_http_uncompressed_body_length", "Length of uncompressed response body")
    public static let redirects = Self("probe_http_redirects", "The number of redirects")
    public static let httpSSL = Self("probe_http_ssl", "Indicates if SSL was used for the final redirect")
    public static let statusCode = Self("probe_http_status_code", "Response HTTP status code")
    public static let httpVersion = Self("probe_http_version", "Returns the version of HTTP of the probe response")
    public static let lastModified = Self(
        "probe_http_last_modified_timestamp_seconds",
        "Returns the Last-Modified HTTP response header in unixtime"
    )

    // Of gRPC.
    public static let grpcDuration = Self("probe_grpc_duration_seconds", "Duration of gRPC request by phase")
    public static let grpcSSL = Self("probe_grpc_ssl", "Indicates if SSL was used for the connection")
    public static let grpcStatus = Self("probe_grpc_status_code", "Response gRPC status code")
    public static let grpcHealth = Self("probe_grpc_healthcheck_response", "Response HealthCheck response")

    // Of DNS.
    public static let dnsDuration = Self("probe_dns_duration_seconds", "Duration of DNS request by phase")
    public static let answers = Self(
        "probe_dns_answer_rrs",
        "Returns number of entries in the answer resource record list"
    )
    public static let authorities = Self(
        "probe_dns_authority_rrs",
        "Returns number of entries in the authority resource record list"
    )
    public static let additionals = Self(
        "probe_dns_additional_rrs",
        "Returns number of entries in the additional resource record list"
    )
    public static let querySucceeded = Self(
        "probe_dns_query_succeeded",
        "Displays whether or not the query was executed successfully"
    )
    public static let serial = Self("probe_dns_serial", "Returns the serial number of the zone")
}
