import Synchronization
import TestSupport
import Testing
import Web

@Suite("routes", .onOwnThread)
struct RouteTests {
    @Test(
        "each path has its answer and type",
        arguments: [
            ("/metrics", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", "metrics text/plain"),
            ("/metrics?name[]=x", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", "metrics text"),
            ("/api/v1/links", "application/json", #"{"links":[{"name":"seoul-koreacentral"}]}"#),
            ("/api/v1/paths", "application/json", #"{"paths":[]}"#),
            ("/api/v1/alerts", "application/json", #"{"alerts":[]}"#),
            ("/api/v1/events", "application/json", #"{"events":[]}"#),
            ("/config", "text/yaml; charset=utf-8", "schema: 1"),
            ("/-/healthy", "text/plain; charset=utf-8", "netprobe is healthy"),
            ("/-/ready", "text/plain; charset=utf-8", "netprobe is ready"),
            ("/", "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ]
    )
    func answers(path: String, contentType: String, start: String) async throws {
        let answer = try await withServer { try ask(path, port: $0) }
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == contentType)
        #expect(answer.text.hasPrefix(start))
        #expect(answer.headers["content-length"] == String(answer.body.count))
        #expect(answer.headers["x-content-type-options"] == "nosniff")
    }

    @Test("HEAD has the head of GET and no body", arguments: ["/metrics", "/", "/api/v1/links"])
    func head(path: String) async throws {
        let (get, head) = try await withServer { (try ask(path, port: $0), try ask(method: "HEAD", path, port: $0)) }
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.headers["content-length"] == get.headers["content-length"])
        #expect(head.headers["content-type"] == get.headers["content-type"])
    }

    @Test("an unknown path is 404", arguments: ["/metric", "/metrics/", "//", "/api/v1", "/%2e", "*", "/-/reload/x"])
    func notFound(path: String) async throws {
        #expect(try await withServer { try ask(path, port: $0) }.status == 404)
    }

    @Test(
        "a wrong method is 405 with the right ones",
        arguments: [
            ("POST", "/metrics", "GET, HEAD"), ("DELETE", "/", "GET, HEAD"), ("GET", "/-/reload", "POST"),
            ("OPTIONS", "/config", "GET, HEAD"),
        ]
    )
    func wrongMethod(method: String, path: String, allowed: String) async throws {
        let answer = try await withServer { try ask(method: method, path, port: $0) }
        #expect(answer.status == 405)
        #expect(answer.headers["allow"] == allowed)
    }

    @Test("the first page escapes what the configuration says and loads nothing")
    func home() async throws {
        let answer = try await withServer { try ask("/", port: $0) }
        #expect(answer.text.contains("site &lt;seoul &amp; &quot;co&quot;&gt;, vantage probe-&#39;a&#39;"))
        #expect(answer.text.contains("<a href=\"/metrics\">"))
        #expect(!answer.text.contains("src="))
        #expect(answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
    }

    @Test("not ready is 503 with the reason")
    func notReady() async throws {
        let source = WebSource.sample(readiness: { .notReady("no probe has a result yet") })
        let answer = try await withServer(source) { try ask("/-/ready", port: $0) }
        #expect(answer.status == 503)
        #expect(answer.text == "netprobe is not ready: no probe has a result yet\n")
    }

    @Test("a reload happens once for a POST and says so")
    func reload() async throws {
        let count = Mutex(0)
        let source = WebSource.sample(reload: {
            count.withLock { $0 += 1 }
            return .success(())
        })
        let answer = try await withServer(source) { try ask(method: "POST", "/-/reload", port: $0) }
        #expect(answer.status == 200)
        #expect(count.withLock { $0 } == 1)
    }

    @Test("a bad file is 500 with its text")
    func badReload() async throws {
        let source = WebSource.sample(reload: { .failure(.init("netprobe.yml:3:5: unknown key 'intervall'")) })
        let answer = try await withServer(source) { try ask(method: "POST", "/-/reload", port: $0) }
        #expect(answer.status == 500)
        #expect(answer.text == "reload failed: netprobe.yml:3:5: unknown key 'intervall'\n")
    }

    @Test("a page of another site cannot reload", arguments: ["cross-site", "same-site"])
    func foreignReload(site: String) async throws {
        let count = Mutex(0)
        let source = WebSource.sample(reload: {
            count.withLock { $0 += 1 }
            return .success(())
        })
        let answer = try await withServer(source) {
            try ask(method: "POST", "/-/reload", port: $0, headers: ["Sec-Fetch-Site: \(site)"])
        }
        #expect(answer.status == 403)
        #expect(count.withLock { $0 } == 0)
    }
}
