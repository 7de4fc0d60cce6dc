extension AlertEngine {
    /// Whether another netprobe keeps its state in this directory.
    public static func isInUse(stateDirectory: String) -> Bool { StateFile.isInUse(directory: stateDirectory) }
}
