import Sockets
import TestSupport
import Testing

@Suite struct ReplacedFileTests {
    @Test("what was written last is read, and a file that is not there is none")
    func last() async throws {
        let folder = try TemporaryFolder()
        let file = ReplacedFile(path: "\(folder.path)/state.json", threadName: "np-test")
        #expect(file.read() == nil)
        for number in 0..<100 { file.write(Array("content \(number)".utf8)) }
        let last = Array("content 99".utf8)
        for _ in 0..<500 where file.read() != last { try await Task.sleep(for: .milliseconds(10)) }
        #expect(file.read() == last)
        #expect(WholeFile.read("\(folder.path)/state.json", limit: 7) == Array("content".utf8))
    }

    @Test("a folder that is gone loses the content and nothing else")
    func gone() {
        let file = ReplacedFile(path: "/nonexistent/state.json", threadName: "np-test")
        file.write([1])
        #expect(file.read() == nil)
    }
}
