// SPDX-License-Identifier: Apache-2.0
internal import AlertModel

/// A list of a rules file, with what later items appended to it.
struct ListItem: DefinedItem {
    let name: String
    var items: [String]
    let context: LoadContext
    var order = ItemOrder()
}

/// A macro of a rules file, with what later items appended to it.
struct MacroItem: DefinedItem {
    let name: String
    var condition: String
    let context: LoadContext
    let conditionContext: LoadContext
    var order = ItemOrder()
}

/// When an item was first defined and last changed. A list or macro sees those that were there before its last change.
struct ItemOrder {
    var index = 0
    var visibility = 0
}

/// A rule of a rules file, with what later items appended to it or replaced.
struct RuleItem: DefinedItem {
    static let exceptionLimit = 1_000
    static let tagLimit = 1_000

    let name: String
    var condition = ""
    var output = ""
    var description = ""
    var priority = Priority.debug
    var source = "syscall"
    /// In order, each once.
    var tags: [String] = []
    var exceptions: [ExceptionItem] = []
    var isEnabled = true
    var warnsOfEventTypes = true
    var skipsUnknownFilter = false
    var capture = false
    var captureDuration = 0
    let context: LoadContext
    var conditionContext: LoadContext
    var outputContext: LoadContext
    /// The rule's source is none that is known: the rule is not looked at.
    var hasUnknownSource = false
    var order = ItemOrder()
}

/// What a rule that is already there is to be given. nil: not mentioned.
struct RuleUpdate {
    let name: String
    let context: LoadContext
    var condition: String?
    var output: String?
    var description: String?
    var tags: [String]?
    var exceptions: [ExceptionItem]?
    var priority: Priority?
    var isEnabled: Bool?
    var warnsOfEventTypes: Bool?
    var skipsUnknownFilter: Bool?
    var capture: Bool?
    var captureDuration: Int?

    var isEmpty: Bool {
        condition == nil && output == nil && description == nil && tags == nil && exceptions == nil
            && priority == nil && isEnabled == nil && warnsOfEventTypes == nil && skipsUnknownFilter == nil
            && capture == nil && captureDuration == nil
    }
}

/// An exception of a rule: fields, how they are compared, and with what.
struct ExceptionItem {
    /// A text or a list of them, as YAML has it.
    indirect enum Entry {
        case text(String)
        case list([Entry])

        var text: String {
            if case .text(let text) = self { text } else { "" }
        }

        var items: [Entry] {
            if case .list(let items) = self { items } else { [] }
        }

        var isList: Bool {
            if case .list = self { true } else { false }
        }

        /// All texts in it.
        var texts: [String] {
            switch self {
            case .text(let text): [text]
            case .list(let items): items.flatMap(\.texts)
            }
        }
    }

    let name: String
    var fields: Entry?
    var comparisons: Entry?
    var values: [Entry] = []
    let context: LoadContext
}

/// A plugin that the rules need, and those that would do instead.
public struct PluginRequirement: Hashable, Sendable {
    public struct Version: Hashable, Sendable {
        public let name: String
        public let version: String
    }

    /// The first is the one that was named first.
    public let alternatives: [Version]

    /// As Falco's message has it: `container (>= 0.2.2)`.
    public var text: String { alternatives.map { "\($0.name) (>= \($0.version))" }.joined(separator: ", ") }
}

/// `x.y.z`, or an engine's plain number, which is its `y`.
public struct RuleVersion: Hashable, Sendable, Comparable {
    public let major: Int
    public let minor: Int
    public let patch: Int

    public init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Three numbers with dots between them; what follows `-` or `+` does not count.
    public init?(_ text: String) {
        let core = text.prefix { $0 != "-" && $0 != "+" }
        let parts = core.split(separator: ".", omittingEmptySubsequences: false).map { part -> Int? in
            guard !part.isEmpty, part.utf8.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
            return Int(part)
        }
        guard parts.count == 3, let major = parts[0], let minor = parts[1], let patch = parts[2] else { return nil }
        self.init(major, minor, patch)
    }

    public var text: String { "\(major).\(minor).\(patch)" }

    /// Does something of this version do where `other` is asked for?
    public func satisfies(_ other: RuleVersion) -> Bool { major == other.major && self >= other }

    public static func < (left: RuleVersion, right: RuleVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
