import CPcap
import Glibc
import Wire

extension Seeds {
    /// What real captures give: the packets of each for the flow engine, messages for the decoders, small files as they are.
    static func writeCaptures(of folder: String, to seeds: String) -> Bool {
        guard let directory = unsafe opendir(folder) else {
            complain("Fuzz: \(folder): cannot be read")
            return false
        }
        defer { unsafe closedir(directory) }
        var number = 0
        while let entry = unsafe readdir(directory) {
            // The name is a field of fixed length that ends at a zero.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            guard !name.hasPrefix(".") else { continue }
            number += 1
            guard writeCapture("\(folder)/\(name)", to: seeds, number: number) else { return false }
        }
        return true
    }

    private static func writeCapture(_ path: String, to seeds: String, number: Int) -> Bool {
        let start = read(path, limit: 3000)
        guard write(start, to: "\(seeds)/files/capture-\(number)") else { return false }
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_open_offline(path, &message) else { return true }
        defer { unsafe pcap_close(handle) }
        let link = LinkType(dataLink: unsafe pcap_datalink(handle))
        let place = UInt8(Fuzzer.links.firstIndex(of: link) ?? 0)
        var packets: [[UInt8]] = []
        var messages: [String: Int] = [:]
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        while packets.count < 2000, unsafe pcap_next_ex(handle, &header, &data) == 1, let header,
            let data
        {
            // Valid until the next packet is read.
            let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: Int(header.pointee.caplen)))
            packets.append(bytes)
            guard let (group, payload) = decoderInput(bytes, link), messages[group, default: 0] < 8 else {
                continue
            }
            messages[group, default: 0] += 1
            let name = "\(seeds)/\(group)/capture-\(number)-\(messages[group, default: 0])"
            guard write(payload, to: name) else { return false }
        }
        for (index, packet) in packets.prefix(8).enumerated() {
            guard
                write([place, 0] + packet.prefix(400), to: "\(seeds)/packet/capture-\(number)-\(index)")
            else {
                return false
            }
        }
        let stream = PacketStream.encoded(packets.prefix(40).map { Array($0.prefix(200)) })
        return write(
            [place, UInt8(number & 1)] + stream.prefix(4000),
            to: "\(seeds)/flows/capture-\(number)"
        )
    }

    /// The fuzzer whose decoders read the payload of this packet, and the payload.
    private static func decoderInput(_ bytes: [UInt8], _ link: LinkType) -> (String, [UInt8])? {
        if link == .radiotap || link == .ieee80211 { return ("link", bytes) }
        var view = PacketView()
        let verdict = view.decode(bytes.span.bytes, wireLength: bytes.count, link: link)
        guard view.payloadOffset < bytes.count, verdict == .udp || verdict == .tcp else { return nil }
        let payload = Array(bytes[view.payloadOffset...].prefix(Int(view.payloadLength)))
        let ports = [view.sourcePort, view.destinationPort]
        for (port, group) in [
            (53, "dns"), (443, "quic"), (4433, "quic"), (500, "ipsec"), (4500, "ipsec"), (179, "bgp"),
            (3784, "bfd"),
        ] as [(UInt16, String)] where ports.contains(port) && !payload.isEmpty {
            return (group, payload)
        }
        return nil
    }

    private static func read(_ path: String, limit: Int) -> [UInt8] {
        guard let file = unsafe fopen(path, "rb") else { return [] }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = unsafe fread(&bytes, 1, limit, file)
        return Array(bytes.prefix(count))
    }
}
