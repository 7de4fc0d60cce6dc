import TestSupport

/// The built program, run to its end as a script would: no terminal, 80 columns.
enum Netprobe {
    static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Shell.Finished {
        try run(arguments, environment: environment)
    }

    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Shell.Finished {
        try Shell.finish(
            [try NetprobeBinary.path()] + arguments,
            environment: ["COLUMNS": "80"].merging(environment) { $1 }
        )
    }
}
