// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import ConfigTree

/// The `correlate` section: which rules, and what they may take.
public struct CorrelateConfig: Sendable, Equatable {
    /// What stands for the rules that come with the program.
    public static let builtin = "builtin"

    /// Sigma files and folders, and `builtin`, in order.
    public var rules: [String]
    /// What the modifier `expand` puts in place of `%name%`, by name.
    public var expansions: [String: [String]]
    public var settings: CorrelateSettings

    public init(_ section: inout ConfigSection) {
        let standard = CorrelateSettings()
        rules = section.list(
            "rules", of: .path(or: Self.builtin), default: [Self.builtin],
            help: "Sigma files and folders; `builtin` is those that come with the program.")
        let lists = section.namedSections(
            "expand", name: "admins", help: "Values that Sigma's modifier `expand` puts in place of `%name%`."
        ) { section in
            section.list("values", of: .text(upTo: 4_096), default: [], help: "The values; one of them must match.")
        }
        for list in lists where list.value.isEmpty {
            section.report(list.problem(.error, "values", "is required", allowed: "a list of texts"))
        }
        expansions = Dictionary(lists.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        settings = CorrelateSettings(
            memoryBytes: section.size(
                "memory", default: standard.memoryBytes, in: 1 << 20 ... 64 << 30,
                help: "What all rules may remember together; beyond it, what has got least far is forgotten."))
    }
}
