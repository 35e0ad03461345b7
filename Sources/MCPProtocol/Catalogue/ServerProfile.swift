// SPDX-License-Identifier: Apache-2.0

/// What a server is and offers: all that is answered without asking anybody. The order of the lists is what clients see.
public struct ServerProfile: Sendable {
    /// A URI that can be subscribed to, or all that begin with a prefix.
    public enum Subscribable: Sendable {
        case exactly(String)
        case beginning(String)
    }

    /// Lists that can change while the server runs.
    public struct ChangingLists: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let tools = ChangingLists(rawValue: 1)
        public static let prompts = ChangingLists(rawValue: 2)
        public static let resources = ChangingLists(rawValue: 4)
    }

    public var name: String
    public var title: String
    public var version: String
    /// What a model is told about the server as a whole.
    public var instructions: String
    public var tools: [Tool]
    public var resources: [Resource]
    public var templates: [ResourceTemplate]
    public var prompts: [Prompt]
    public var subscribable: [Subscribable]
    public var changingLists: ChangingLists
    /// Entries of one page of resources, templates and prompts; tools are never paged.
    public var pageSize: Int
    /// How long a client may keep lists and `server/discover`, in milliseconds.
    public var listsKeepMilliseconds: Int64
    /// True when authentication is on: what one principal was answered is not for another.
    public var isPrivate: Bool

    public init(
        name: String, title: String, version: String, instructions: String, tools: [Tool] = [],
        resources: [Resource] = [], templates: [ResourceTemplate] = [], prompts: [Prompt] = [],
        subscribable: [Subscribable] = [], changingLists: ChangingLists = [], pageSize: Int = 50,
        listsKeepMilliseconds: Int64 = 60_000, isPrivate: Bool = true
    ) {
        self.name = name
        self.title = title
        self.version = version
        self.instructions = instructions
        self.tools = tools
        self.resources = resources
        self.templates = templates
        self.prompts = prompts
        self.subscribable = subscribable
        self.changingLists = changingLists
        self.pageSize = max(pageSize, 1)
        self.listsKeepMilliseconds = max(listsKeepMilliseconds, 0)
        self.isPrivate = isPrivate
    }

    var offersResources: Bool { !resources.isEmpty || !templates.isEmpty }
    var offersCompletion: Bool { !templates.isEmpty || prompts.contains { !$0.arguments.isEmpty } }

    func tool(_ name: String) -> Tool? { tools.first { $0.name.hasSameBytes(as: name) } }
    func prompt(_ name: String) -> Prompt? { prompts.first { $0.name.hasSameBytes(as: name) } }

    func isSubscribable(_ uri: String) -> Bool {
        guard Self.isPlausible(uri) else { return false }
        return subscribable.contains { entry in
            switch entry {
            case .exactly(let known): known.hasSameBytes(as: uri)
            case .beginning(let prefix): uri.utf8.starts(with: prefix.utf8) && uri.utf8.count > prefix.utf8.count
            }
        }
    }

    /// Bytes of a URI.
    static let uriLimit = 2048

    /// URIs are printable ASCII (RFC 3986); whatever else comes names nothing here.
    static func isPlausible(_ uri: String) -> Bool {
        !uri.isEmpty && uri.utf8.count <= uriLimit && uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    func identity(in revision: ProtocolRevision) -> JSONValue {
        var identity: JSONObject = ["name": .string(name)]
        if revision.hasStructuredContent { identity["title"] = .string(title) }
        identity["version"] = .string(version)
        return .object(identity)
    }

    func capabilities(in revision: ProtocolRevision) -> JSONValue {
        func changing(_ list: ChangingLists) -> JSONObject { ["listChanged": .bool(changingLists.contains(list))] }
        var capabilities: JSONObject = ["logging": [:]]
        if offersCompletion, revision.hasAnnotations { capabilities["completions"] = [:] }
        if !prompts.isEmpty { capabilities["prompts"] = .object(changing(.prompts)) }
        if offersResources {
            var resources: JSONObject = ["subscribe": .bool(!subscribable.isEmpty)]
            resources["listChanged"] = .bool(changingLists.contains(.resources))
            capabilities["resources"] = .object(resources)
        }
        if !tools.isEmpty { capabilities["tools"] = .object(changing(.tools)) }
        return .object(capabilities)
    }
}
