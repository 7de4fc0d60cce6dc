import Model
import Testing

@testable import Blackbox

@Suite("tokens of oauth2")
struct TokenTests {
    private var module: OAuth2Module {
        var module = OAuth2Module()
        module.clientID = "my id"
        module.scopes = ["a", "b c"]
        module.parameters = ["audience": Secret("x y"), "resource": Secret("z")]
        return module
    }

    private func request(_ module: OAuth2Module, _ style: TokenRequest.Style) throws -> (String?, String) {
        let request = try TokenRequest(module, secret: "s+c&r/t", style: style)
        return (request.authorization?.reveal(), request.body.reveal())
    }

    @Test("the client is named in a field, each part as a form has it (RFC 6749 §2.3.1)")
    func field() throws {
        let (field, body) = try request(module, .field)
        // my+id:s%2Bc%26r%2Ft
        #expect(field == "Basic bXkraWQ6cyUyQmMlMjZyJTJGdA==")
        #expect(body == "audience=x+y&grant_type=client_credentials&resource=z&scope=a+b+c")
    }

    @Test("or among the parameters")
    func parameters() throws {
        let (field, body) = try request(module, .parameters)
        let client = "client_id=my+id&client_secret=s%2Bc%26r%2Ft"
        #expect(field == nil)
        #expect(body == "audience=x+y&\(client)&grant_type=client_credentials&resource=z&scope=a+b+c")
    }

    @Test("of its own parameters grant_type alone may be another")
    func overwritten() throws {
        var module = module
        module.parameters = ["grant_type": Secret("odd"), "client_id": Secret("q")]
        #expect(try request(module, .field).1 == "client_id=q&grant_type=odd&scope=a+b+c")
        module.parameters = ["scope": Secret("hunter2")]
        #expect(throws: TokenRequest.Mistake(message: "endpoint_params cannot overwrite \"scope\"")) {
            try request(module, .field)
        }
        module.scopes = []
        #expect(try request(module, .field).1 == "grant_type=client_credentials&scope=hunter2")
    }

    @Test("nothing of a printed request is secret")
    func printed() throws {
        let request = try TokenRequest(module, secret: "hunter2", style: .parameters)
        #expect(!"\(request)".contains("hunter2") && !String(reflecting: request).contains("hunter2"))
    }

    private func token(_ type: String?, _ body: String) throws -> String {
        try TokenAnswer.authorization(contentType: type, body: Array(body.utf8)).reveal()
    }

    @Test(
        "a token is borne by its type",
        arguments: [
            ("application/json", #"{"access_token": "t", "token_type": "bearer", "expires_in": 3600}"#, "Bearer t"),
            (nil, #"{"access_token": "t"}"#, "Bearer t"),
            ("application/json; charset=utf-8", #"{"access_token": "t", "token_type": "Odd"}"#, "Odd t"),
            ("application/x-www-form-urlencoded", "access_token=t%20u+v&token_type=MAC", "MAC t u v"),
            ("Text/Plain; charset=utf-8", "a&access_token=t&access_token=u", "Bearer t"),
        ]
    )
    func tokens(type: String?, body: String, value: String) throws {
        #expect(try token(type, body) == value)
    }

    @Test(
        "an answer without one says so, and nothing of itself",
        arguments: [
            (nil, "{}"), (nil, "hunter2"), (nil, ""), (nil, "[\"hunter2\"]"), (nil, #"{"access_token": ""}"#),
            (nil, #"{"access_token": 2}"#), (nil, #"{"access_token": "hunter2\r\nX: y"}"#), ("text/plain", "hunter2"),
            (nil, #"{"error": "hunter2"}"#),
        ]
    )
    func nothing(type: String?, body: String) throws {
        let mistake = #expect(throws: TokenAnswer.Mistake.self) { try token(type, body) }
        #expect(mistake?.message.contains("hunter2") == false)
    }

    @Test("an error is named by its code, where that is a known one (RFC 6749 §5.2)")
    func codes() {
        func code(_ type: String?, _ body: String) -> String? {
            TokenAnswer.errorCode(contentType: type, body: Array(body.utf8))
        }
        #expect(code(nil, #"{"error": "invalid_client", "error_description": "hunter2"}"#) == "invalid_client")
        #expect(code("text/plain", "error=invalid_scope") == "invalid_scope")
        #expect(code(nil, #"{"error": "hunter2"}"#) == nil && code(nil, "hunter2") == nil)
    }
}
