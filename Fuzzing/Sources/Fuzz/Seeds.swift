import Glibc

/// Writes the files that the fuzzers start from.
enum Seeds {
    /// - Returns: false where a folder or file cannot be written; the reason stands on standard error.
    static func write(to folder: String, captures: String?) -> Bool {
        for fuzzer in Fuzzer.all {
            let own = "\(folder)/\(fuzzer.name)"
            guard mkdir(folder, 0o755) == 0 || errno == EEXIST, mkdir(own, 0o755) == 0 || errno == EEXIST else {
                complain("Fuzz: \(own): cannot be written")
                return false
            }
            for (index, seed) in fuzzer.seeds.enumerated() where !write(seed, to: "\(own)/seed-\(index)") {
                complain("Fuzz: \(own)/seed-\(index): cannot be written")
                return false
            }
        }
        return true
    }

    static func write(_ bytes: [UInt8], to path: String) -> Bool {
        guard let file = unsafe fopen(path, "wb") else { return false }
        let count = unsafe fwrite(bytes, 1, bytes.count, file)
        return unsafe fclose(file) == 0 && count == bytes.count
    }
}
