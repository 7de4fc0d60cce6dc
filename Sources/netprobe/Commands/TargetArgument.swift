import ArgumentParser
import Model

/// The check of a TARGET before anything is done with it.
enum TargetArgument {
    /// What `netprobe probe` takes.
    static let probeForms =
        "HOST, icmp://HOST, tcp://HOST:PORT, tls://HOST[:PORT], http://HOST[:PORT]/PATH, https://HOST[:PORT]/PATH, "
        + "dns://SERVER/NAME?type=A, stamp://HOST[:PORT], ike://HOST[:PORT]"

    /// - Throws: `ValidationError` that says what is wrong and what is allowed; the text itself may hold a password and is
    ///   not repeated.
    static func validate(_ text: String, forms: String) throws(ValidationError) {
        do throws(TargetError) {
            _ = try Target.probed(text)
        } catch {
            throw ValidationError("TARGET: \(error); write \(forms)")
        }
    }
}
