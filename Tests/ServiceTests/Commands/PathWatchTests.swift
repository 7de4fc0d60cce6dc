import Testing

@testable import Service

@Suite("what the live view draws with")
struct PathWatchTests {
    @Test("a locale without UTF-8 gets plain characters; the first variable that is set decides")
    func plain() {
        for locale in ["C", "POSIX", "en_US.ISO-8859-1"] { #expect(PathWatch.isPlain(["LANG": locale]), "\(locale)") }
        for locale in ["C.UTF-8", "de_DE.utf8"] { #expect(!PathWatch.isPlain(["LANG": locale]), "\(locale)") }
        #expect(PathWatch.isPlain(["LC_ALL": "C", "LANG": "C.UTF-8"]))
        #expect(!PathWatch.isPlain(["LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"]))
        #expect(!PathWatch.isPlain([:]))
    }
}
