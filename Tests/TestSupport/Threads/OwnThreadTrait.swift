public import Testing

/// Gives each test of a suite a thread of its own; see `OwnThread`.
public struct OwnThreadTrait: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    @concurrent public func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await runOnOwnThread { try await function() }
    }

    public func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
        testCase == nil ? nil : self
    }
}

extension Trait where Self == OwnThreadTrait {
    /// What blocks in these tests blocks nobody else.
    public static var onOwnThread: Self { Self() }
}
