import Glibc

/// The files of this repository, read by tests that judge them.
public enum Repository {
    public struct Unreadable: Error, CustomStringConvertible {
        public let description: String
    }

    /// The folder that holds Package.swift.
    public static var root: String {
        var parts = String(describing: #filePath).split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }

    public static func text(of path: String) throws -> String {
        String(decoding: try bytes(of: "\(root)/\(path)"), as: UTF8.self)
    }

    public static func bytes(of absolutePath: String) throws -> [UInt8] {
        guard let file = fopen(absolutePath, "rb") else { throw Unreadable(description: "cannot read \(absolutePath)") }
        defer { fclose(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return content }
            content += buffer[..<count]
        }
    }

    /// Names of the folders directly inside `path`.
    public static func folders(in path: String) throws -> [String] {
        try entries(of: "\(root)/\(path)").filter(\.isFolder).map(\.name).sorted()
    }

    /// Paths of all Swift files below `path`, relative to the root.
    public static func swiftFiles(below path: String) throws -> [String] {
        try entries(of: "\(root)/\(path)").sorted { $0.name < $1.name }.flatMap { entry -> [String] in
            let child = "\(path)/\(entry.name)"
            if entry.isFolder { return try swiftFiles(below: child) }
            return entry.name.hasSuffix(".swift") ? [child] : []
        }
    }

    public static func isSwiftModule(_ name: String) throws -> Bool {
        try !swiftFiles(below: "Sources/\(name)").isEmpty
    }

    /// Every import of a module: the file and the imported module's name.
    public static func imports(of module: String) throws -> [(file: String, name: String)] {
        try swiftFiles(below: "Sources/\(module)").flatMap { file in
            try text(of: file).split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard let position = words.firstIndex(of: "import"), position < words.count - 1 else { return nil }
                let modifiers: Set<Substring> = [
                    "public", "package", "internal", "fileprivate", "private", "@preconcurrency", "@testable",
                ]
                guard words[..<position].allSatisfy(modifiers.contains) else { return nil }
                let kinds: Set<Substring> = ["struct", "class", "enum", "func", "var", "let", "protocol"]
                let next = words[position + 1]
                let name = kinds.contains(next) ? words[min(position + 2, words.count - 1)] : next
                return (file, String(name.prefix { $0 != "." }))
            }
        }
    }

    /// Names of our own targets that Package.swift gives to `module`; products of other packages are left out.
    public static func packageDependencies(of module: String) throws -> Set<String> {
        let manifest = try text(of: "Package.swift")
        guard
            let name = manifest.firstRange(of: "arget(name: \"\(module)\"")
                ?? manifest.firstRange(
                    of: "arget(\n            name: \"\(module)\""
                )
        else {
            throw Unreadable(description: "Package.swift has no target \(module)")
        }
        let rest = manifest[name.upperBound...]
        let end = rest.firstRange(of: "arget(")?.lowerBound ?? rest.endIndex
        let declaration = rest[..<end]
        guard let open = declaration.firstRange(of: "dependencies: [") else { return [] }
        let list = declaration[open.upperBound...].prefix { $0 != "]" }
        let entries = list.split(separator: ",").filter { !$0.contains("product(") && !$0.contains("package:") }
        return Set(
            entries.flatMap { entry in entry.split(separator: "\"").filter { $0.allSatisfy(\.isLetter) } }.map(
                String.init
            )
        )
    }

    private static func entries(of path: String) throws -> [(name: String, isFolder: Bool)] {
        guard let folder = opendir(path) else { throw Unreadable(description: "cannot list \(path)") }
        defer { closedir(folder) }
        var found: [(name: String, isFolder: Bool)] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            found.append((name, entry.pointee.d_type == UInt8(DT_DIR)))
        }
        return found
    }
}
