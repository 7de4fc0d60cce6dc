public import Model

extension SystemHost {
    /// The interface that answers to a path's probes come in by, where that one filters strictly by reverse path; else nil.
    /// - Parameter egress: the one that the path's probes are routed over, where its pin names none.
    public func strictInterface(of path: PathSpec, egress: String?) -> String? {
        let interface = path.pin.interface ?? egress ?? path.subnet.flatMap { self.interface(in: $0) }
        guard let interface, reversePathFilter(of: interface) == 1 else { return nil }
        return interface
    }
}
