import Sockets

/// Runs the few classic BPF instructions that the filters use.
func accepts(_ filter: SocketFilter, _ packet: [UInt8]) -> Bool {
    var a: UInt32 = 0
    var x: UInt32 = 0
    var place = 0
    func byte(_ offset: UInt32) -> UInt32? {
        Int(offset) < packet.count ? UInt32(packet[Int(offset)]) : nil
    }
    func half(_ offset: UInt32) -> UInt32? {
        guard let high = byte(offset), let low = byte(offset + 1) else { return nil }
        return high << 8 | low
    }
    while place < filter.instructions.count {
        let one = filter.instructions[place]
        place += 1
        switch one.code {
        case 0x30: guard let value = byte(one.value) else { return false }; a = value
        case 0x50: guard let value = byte(x + one.value) else { return false }; a = value
        case 0x28: guard let value = half(one.value) else { return false }; a = value
        case 0x48: guard let value = half(x + one.value) else { return false }; a = value
        case 0x01: x = one.value
        case 0xB1: guard let value = byte(one.value) else { return false }; x = (value & 15) * 4
        case 0x15: place += Int(a == one.value ? one.ifTrue : one.ifFalse)
        case 0x35: place += Int(a >= one.value ? one.ifTrue : one.ifFalse)
        case 0x25: place += Int(a > one.value ? one.ifTrue : one.ifFalse)
        case 0x54: a &= one.value
        case 0x64: a <<= one.value
        case 0x0C: a &+= x
        case 0x07: x = a
        case 0x06: return one.value != 0
        default: return false
        }
    }
    return false
}
