internal import CBrotli

extension Inflation {
    /// What is held for the stream's window counts as what is kept does.
    static func unbrotli(_ bytes: [UInt8], most: Int, kept: Int, goesOn: (Int) -> Bool) -> Result {
        var result = Result()
        // As the exporter has it; for the library it is a stream without an end.
        guard !bytes.isEmpty else {
            result.isWhole = true
            return result
        }
        guard let stream = cbrotli_open() else {
            result.isUnknown = true
            return result
        }
        defer { cbrotli_close(stream) }
        var output = [UInt8](repeating: 0, count: 65_536)
        bytes.withUnsafeBufferPointer { input in
            var (place, step) = (0, cbrotli_has_more)
            while step == cbrotli_has_more, !result.isCut {
                var (used, made) = (0, 0)
                step = output.withUnsafeMutableBufferPointer { output in
                    let rest = input.baseAddress.map { $0 + place }
                    return cbrotli_read(
                        stream,
                        rest,
                        input.count - place,
                        &used,
                        output.baseAddress,
                        output.count,
                        &made
                    )
                }
                place += used
                result.take(output.prefix(made), most: most, kept: kept, beside: cbrotli_held(stream), goesOn)
                if made == 0 { break }
            }
            // Nothing may follow the last block (RFC 7932 §2).
            result.isWhole = step == cbrotli_ended && place == input.count && !result.isCut
        }
        return result
    }
}
