// SPDX-License-Identifier: Apache-2.0
public import PositionedYAML

/// One step on the way from a rules file to what a message is about.
public struct LoadLocation: Hashable, Sendable {
    /// Falco's `item_type`.
    public enum Kind: String, Sendable {
        case value = "value for"
        case exceptions
        case exception
        case exceptionValues = "exception values"
        case exceptionValue = "exception value"
        case content = "rules content"
        case item = "rules content item"
        case requiredEngineVersion = "required_engine_version"
        case requiredPluginVersions = "required plugin versions"
        case requiredPlugin = "required plugin versions entry"
        case alternativePlugin = "required plugin versions alternative"
        case list
        case listItem = "list item"
        case macro
        case macroCondition = "macro condition"
        case rule
        case ruleCondition = "rule condition"
        case expression = "condition expression"
        case ruleOutput = "rule output"
        case rulePriority = "rule priority"
        case override = "overrides"
    }

    /// The file's; of a condition's parts, the start of the condition in quotes.
    public let name: String
    public let kind: Kind
    public let itemName: String
    /// Within a condition as Falco counts there: its place in the condition, from 1, added to the condition's.
    public let position: YAMLPosition
}

/// Where in a rules file a message belongs, from the file down.
public struct LoadContext: Hashable, Sendable {
    public let locations: [LoadLocation]
    /// The condition that the last location counts in.
    let expression: [UInt8]?

    init(file: String) {
        locations = [LoadLocation(name: file, kind: .content, itemName: "", position: YAMLPosition())]
        expression = nil
    }

    private init(_ locations: [LoadLocation], expression: [UInt8]? = nil) {
        self.locations = locations
        self.expression = expression
    }

    /// The file's name.
    public var file: String { locations.first?.name ?? "" }
    var position: YAMLPosition { locations.last?.position ?? YAMLPosition() }
    /// The deepest place that is in the file itself, and exact.
    public var place: YAMLPosition {
        locations.last { $0.kind != .expression }?.position ?? YAMLPosition()
    }

    func at(_ position: YAMLPosition, _ kind: LoadLocation.Kind, _ itemName: String = "") -> LoadContext {
        LoadContext(locations + [LoadLocation(name: file, kind: kind, itemName: itemName, position: position)])
    }

    func at(_ node: YAMLNode, _ kind: LoadLocation.Kind, _ itemName: String = "") -> LoadContext {
        at(node.position, kind, itemName)
    }

    /// A place in a condition that stands at this context.
    func within(_ condition: [UInt8], at place: ExpressionPlace) -> LoadContext {
        var start = condition.count > 20 ? Array(condition.prefix(17)) + Array("...".utf8) : condition
        for index in start.indices where start[index] == 10 || start[index] == 13 { start[index] = 32 }
        let base = position
        let there = YAMLPosition(
            line: base.line + place.line, column: base.column + place.column, offset: base.offset + place.offset)
        return LoadContext(
            locations + [
                LoadLocation(
                    name: "\"\(String(decoding: start, as: UTF8.self))\"", kind: .expression, itemName: "",
                    position: there)
            ], expression: condition)
    }

    /// The line around the place, shortened to 160 bytes, and a line that points at it; as Falco shows it.
    public func snippet(of file: [UInt8]) -> String {
        let text = expression ?? file
        guard !text.isEmpty else { return "<No context available>\n" }
        let half = 80
        var place = min(max(position.offset, 0), text.count - 1)
        while place > 0, text[place] == 10 { place -= 1 }
        var from = place
        while from > 0, text[from - 1] != 10, place - from < half { from -= 1 }
        var end = place
        while end < text.count, text[end] != 10, end - place <= half { end += 1 }
        var shown = Array(text[from ..< end])
        guard !shown.isEmpty else { return "<No context available>\n" }
        if place - from >= half, shown.count >= 3 { shown.replaceSubrange(0 ..< 3, with: Array("...".utf8)) }
        if end - place > half, shown.count >= 3 { shown.replaceSubrange((shown.count - 3)..., with: Array("...".utf8)) }
        return String(decoding: shown, as: UTF8.self) + "\n" + String(repeating: " ", count: place - from) + "^\n"
    }
}
