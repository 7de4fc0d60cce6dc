/// The first page: what this is and where to look.
enum LandingPage {
    static func render(_ about: WebSource.About) -> String {
        let items = Route.allCases.compactMap { route in
            route.caption.map { "<li><a href=\"\(escape(route.rawValue))\">\(escape($0))</a></li>" }
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>netprobe \(escape(about.site))</title></head>
            <body>
            <h1>netprobe</h1>
            <p>Tests every path of a hybrid network and exports what it finds to Prometheus.</p>
            <p>Version \(escape(about.version)), site \(escape(about.site)), vantage \(escape(about.vantage)).</p>
            <ul>
            \(items.joined(separator: "\n"))
            </ul>
            </body>
            </html>

            """
    }

    /// Text inside elements and quoted attributes.
    static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
