// SPDX-License-Identifier: Apache-2.0
import AlertModel
import HostileText
public import MCPProtocol

/// What `json` returns, for the output schemas of tools. One for all levels of detail, without prose: every tool repeats it.
extension AlertRendering {
    /// The notice of results that hold alert text; constant.
    public static let notice = AssistantText.notice

    /// Of `json(FoundAlert)`.
    public static let alertSchema = Schema.object([
        SchemaField("kind", .choice(["alert"]), required: true),
        SchemaField("id", .text, required: true),
        SchemaField("time", .text, required: true),
        SchemaField("time_source", .text),
        SchemaField("priority", .choice(Priority.allCases.map(\.name)), required: true),
        SchemaField("rule", .text, required: true),
        SchemaField("source", .text, required: true),
        SchemaField("tags", .list(.text, atMost: .max), required: true),
        SchemaField("received", .map(.text)),
        SchemaField("fate", .choice(Fate.allCases.map(\.name) + ["undecided"]), required: true),
        SchemaField("group", .map(.anything)),
        SchemaField("incidents", .list(.text, atMost: .max)),
        SchemaField("because", .map(.text)),
        SchemaField("manipulation_suspected", .boolean, required: true),
        SchemaField("reasons", reasons),
        SchemaField("redactions", .wholeNumber),
        SchemaField("cut", cut),
        SchemaField("untrusted", .map(.anything), required: true),
    ])

    /// Of `json(FoundRecord)`.
    public static let recordSchema = Schema.object([
        SchemaField("kind", .choice(["incident", "summary", "storm"]), required: true),
        SchemaField("id", .text, required: true),
        SchemaField("subject", .text, required: true),
        SchemaField("state", .choice(RecordState.allCases.map(\.name)), required: true),
        SchemaField("revision", .wholeNumber, required: true),
        SchemaField("priority", .choice(Priority.allCases.map(\.name))),
        SchemaField("rule", .map(.text)),
        SchemaField("first", .text, required: true),
        SchemaField("last", .text, required: true),
        SchemaField("value", .nullable(.anyNumber)),
        SchemaField("attack", .list(.text, atMost: .max)),
        SchemaField("tags", .list(.text, atMost: .max)),
        SchemaField("total", .wholeNumber),
        SchemaField("suppressed", .wholeNumber),
        SchemaField("variants", .wholeNumber),
        SchemaField("by_priority", .map(.wholeNumber)),
        SchemaField("scope", .text),
        SchemaField("held", .wholeNumber),
        SchemaField("alerts", .list(.text, atMost: .max), required: true),
        SchemaField("approximate", .boolean),
        SchemaField("undercount_possible", .boolean),
        SchemaField("gap", .boolean),
        SchemaField("merged_into", .text),
        SchemaField("manipulation_suspected", .boolean, required: true),
        SchemaField("reasons", reasons),
        SchemaField("redactions", .wholeNumber),
        SchemaField("cut", cut),
        SchemaField("untrusted", .map(.anything), required: true),
    ])

    /// Of `untrusted`.
    public static let untrustedSchema = Schema.text

    private static let reasons = Schema.list(.choice(Manipulation.names.map(\.name)), atMost: .max)
    private static let cut = Schema.map(
        .object([SchemaField("bytes", .wholeNumber, required: true), SchemaField("sha256", .text, required: true)]))
}
