public import Document

/// One YAML file that is no configuration of ours.
public enum DocumentFile {
    /// - Returns: its root; nil, with an error in the log, where it cannot be read or is no YAML.
    public static func read(_ path: String, _ log: DiagnosticLog) -> Node? {
        do throws(FileError) {
            return YAMLComposer.compose(try FileReader.read(path), file: path, log)
        } catch {
            log.error("the file cannot be read: \(error.message)", at: Mark(file: path, line: 1, column: 1))
            return nil
        }
    }
}
