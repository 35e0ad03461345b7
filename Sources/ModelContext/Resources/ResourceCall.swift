// SPDX-License-Identifier: Apache-2.0
import AlertModel
import MCPProtocol

/// Which tool's call a URI stands for.
enum ResourceCall {
    /// nil for URIs that are none here. A spelling that is not the one given out names nothing.
    static func of(_ uri: String) -> (tool: String, arguments: JSONObject)? {
        if let id = alert(uri) { return (ResourceList.alert, ["id": .string(id.description), "detail": "normal"]) }
        guard let live = LiveResource(uri: uri) else { return nil }
        switch live {
        case .latest: return (ResourceList.search, search("passed"))
        case .priority(let priority):
            var arguments = search("passed")
            arguments["when"] = .string("priority = \(priority.name.lowercased())")
            return (ResourceList.search, arguments)
        case .query(let condition):
            var arguments = search("passed")
            arguments["when"] = .string(condition.text)
            return (ResourceList.search, arguments)
        case .openIncidents:
            return (ResourceList.incidents, ["state": "open", "detail": "brief", "limit": 20])
        case .incident(let id):
            return (ResourceList.incident, ["id": .string(id.description), "detail": "brief", "limit": 20])
        case .statistics: return (ResourceList.overview, [:])
        case .health: return nil
        }
    }

    /// The URI names one alert or incident, which may not be there.
    static func namesOne(_ uri: String) -> Bool {
        if alert(uri) != nil { return true }
        if case .incident? = LiveResource(uri: uri) { return true }
        return false
    }

    private static func search(_ fate: String) -> JSONObject {
        ["fate": [.string(fate)], "detail": "brief", "limit": 20]
    }

    private static func alert(_ uri: String) -> RecordID? {
        let prefix = "creance://alerts/"
        guard uri.utf8.count < 128, uri.hasPrefix(prefix) else { return nil }
        let text = String(uri.dropFirst(prefix.count))
        guard let id = RecordID(text), id.description == text else { return nil }
        return id
    }
}
