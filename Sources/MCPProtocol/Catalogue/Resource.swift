// SPDX-License-Identifier: Apache-2.0

/// A resource that lists name: something to read under a fixed URI.
public struct Resource: Sendable {
    public let uri: String
    public let name: String
    public let title: String
    public let description: String
    public let mediaType: String

    public init(_ uri: String, name: String, title: String, description: String, mediaType: String) {
        self.uri = uri
        self.name = name
        self.title = title
        self.description = description
        self.mediaType = mediaType
    }

    func json(in revision: ProtocolRevision) -> JSONValue {
        var resource: JSONObject = ["uri": .string(uri), "name": .string(name)]
        if revision.hasStructuredContent { resource["title"] = .string(title) }
        resource["description"] = .string(description)
        resource["mimeType"] = .string(mediaType)
        return .object(resource)
    }
}

/// A family of resources whose URIs follow a template (RFC 6570).
public struct ResourceTemplate: Sendable {
    public let uriTemplate: String
    public let name: String
    public let title: String
    public let description: String
    public let mediaType: String

    public init(_ uriTemplate: String, name: String, title: String, description: String, mediaType: String) {
        self.uriTemplate = uriTemplate
        self.name = name
        self.title = title
        self.description = description
        self.mediaType = mediaType
    }

    func json(in revision: ProtocolRevision) -> JSONValue {
        var template: JSONObject = ["uriTemplate": .string(uriTemplate), "name": .string(name)]
        if revision.hasStructuredContent { template["title"] = .string(title) }
        template["description"] = .string(description)
        template["mimeType"] = .string(mediaType)
        return .object(template)
    }
}

/// What stands under one URI.
public struct ResourceText: Sendable, Equatable {
    public let uri: String
    public let mediaType: String
    public let text: String

    public init(uri: String, mediaType: String, text: String) {
        self.uri = uri
        self.mediaType = mediaType
        self.text = text
    }

    var json: JSONValue { ["uri": .string(uri), "mimeType": .string(mediaType), "text": .string(text)] }
}
