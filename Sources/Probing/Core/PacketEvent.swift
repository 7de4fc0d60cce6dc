internal import Model
internal import Wire

/// What a socket has to say of one probe.
struct PacketEvent {
    enum Kind {
        /// The kernel's stamp of the packet leaving.
        case transmitted
        case answer
        case failure(Reason)
    }

    var kind: Kind
    var owner: SequenceTable.Owner
    /// Wall clock; 0 for none.
    var stamp: Int64 = 0
    /// Who spoke, where that is not the destination.
    var responder: IPAddress?
    /// Where the packet came in, when that was asked for; else 0.
    var interface: Int32 = 0
    /// Name of the answer, where it has one.
    var answer: String?
    /// To be taken off the round trip: time that the far end says it kept the packet, in nanoseconds.
    var residence: Int64 = 0
}
