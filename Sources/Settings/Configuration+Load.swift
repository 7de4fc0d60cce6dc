import Document
import Model

extension Configuration {
    /// Reads a configuration file with all that it includes.
    ///
    /// - Parameters:
    ///   - path: the main file; relative paths inside a file start at that file's folder.
    ///   - environment: what `${NAME}` in secrets and URLs stands for.
    ///   - host: facts of this host, which give warnings only.
    /// - Returns: every mistake of the files at once; a configuration only when there is no error.
    public static func load(path: String, environment: [String: String], host: some HostFacts) -> LoadResult {
        let log = DiagnosticLog()
        var includes = IncludeResolver(log: log)
        var root = includes.resolve(path)
        var sources = includes.sources
        LinkExpansion(log: log).expand(&root, &sources)
        var reader = SectionReader(log: log, environment: environment, host: host)
        reader.read(root)
        reader.configuration.sources = sources
        let configuration = log.hasErrors ? nil : reader.configuration
        return LoadResult(configuration: configuration, diagnostics: log.diagnostics)
    }
}
