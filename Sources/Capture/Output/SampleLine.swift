public import Flows
internal import Wire

extension Sample {
    /// The header of the lines.
    public static let csvHeader = "frame,time_ns,source,destination,method,rtt_ns"

    /// `8,1533585360608805000,192.168.1.10:60706,192.168.2.20:12345,ack,402000`; IPv6 in brackets, and the identifier of
    /// an echo as port.
    public borrowing func appendCSV(to text: inout String) {
        let from = FlowEnd(address: source, port: sourcePort)
        let to = FlowEnd(address: destination, port: destinationPort)
        text += "\(frame),\(time),\(from),\(to),\(method.name),\(roundTrip)\n"
    }
}
