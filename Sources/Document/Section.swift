/// The keys that a mapping may have, with all that the documentation says of them.
public struct Section: Sendable, Equatable {
    public struct Key: Sendable, Equatable {
        public var name: String
        /// What may be written, for people.
        public var allowed: String
        /// What holds where the key is absent; nil where it must be there.
        public var fallback: String?
        public var about: String

        public init(_ name: String, _ allowed: String, default fallback: String?, _ about: String) {
            self.name = name
            self.allowed = allowed
            self.fallback = fallback
            self.about = about
        }
    }

    /// Its place in the document: `links[].detection`; empty for the document itself.
    public var name: String
    public var about: String
    public var keys: [Key]

    public init(_ name: String, _ about: String, _ keys: [Key]) {
        self.name = name
        self.about = about
        self.keys = keys
    }

    public func has(_ key: String) -> Bool {
        keys.contains { $0.name == key }
    }
}
