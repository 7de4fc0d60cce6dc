import CFuzzer
import Glibc

/// `Fuzz NAME [OPTION…] CORPUS…` runs one fuzzer with libFuzzer's options; `Fuzz list` names them all;
/// `Fuzz seeds FOLDER [FOLDER OF CAPTURES]` writes what they start from, each into a folder of its own.
@main
enum Fuzz {
    static func main() {
        let arguments = CommandLine.arguments
        switch arguments.dropFirst().first {
        case "list":
            for fuzzer in Fuzzer.all { print(fuzzer.name) }
        case "seeds" where (3...4).contains(arguments.count):
            exit(Seeds.write(to: arguments[2], captures: arguments.dropFirst(3).first) ? 0 : 1)
        case let name? where Fuzzer.all.contains { $0.name == name }:
            exit(run(arguments: [arguments[0]] + arguments.dropFirst(2)))
        default:
            complain("usage: Fuzz NAME [OPTION…] CORPUS… | list | seeds FOLDER [CAPTURES]")
            exit(64)
        }
    }

    private static func run(arguments: [String]) -> Int32 {
        #if FUZZING
        // libFuzzer keeps the pointers until the process ends.
        let vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: arguments.count + 1)
        for (index, argument) in arguments.enumerated() { unsafe vector[index] = unsafe strdup(argument) }
        unsafe vector[arguments.count] = nil
        var count = Int32(arguments.count)
        var pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe vector
        return unsafe LLVMFuzzerRunDriver(&count, &pointer) { data, size in
            // The bytes live as long as this call.
            let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size)
            Fuzzer.chosen?.body(unsafe bytes.bytes)
            return 0
        }
        #else
        complain("Fuzz: built without -sanitize=fuzzer; use `make fuzz`")
        return 69
        #endif
    }
}

/// One line on standard error.
func complain(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
}
