import Sockets

/// Takes Ctrl-C and SIGTERM while a command runs that then prints what there is.
enum Interrupt {
    /// The thread waits for a signal that may never come and goes with the process. Of `netprobe path` it may have come long ago:
    /// its signals are held from the start (`CLinux`).
    static func watch(_ action: @escaping @Sendable () -> Void) throws(SystemError) {
        let signals = EndSignals()
        _ = try DedicatedThread(name: "np-signals") {
            signals.wait()
            action()
        }
    }
}
