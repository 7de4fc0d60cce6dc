public import Model

extension SystemHost {
    /// The interface that answers to a path's probes come in by (its pin's, or the one on the connection's subnet), where
    /// that one filters strictly by reverse path; else nil.
    public func strictInterface(of path: PathSpec) -> String? {
        let interface = path.pin.interface ?? path.subnet.flatMap { self.interface(in: $0) }
        guard let interface, reversePathFilter(of: interface) == 1 else { return nil }
        return interface
    }
}
