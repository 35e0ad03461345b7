// SPDX-License-Identifier: Apache-2.0

/// How the process is, part by part: the body of `/healthz` and `/readyz`.
public struct HealthReport: Sendable, Equatable {
    public struct Component: Sendable, Equatable {
        /// `journal`, `engine`, `source falco`, …
        public let name: String
        public let isHealthy: Bool
        /// One word: `writable`, `connected`, `ended`.
        public let state: String
        /// What a human should know; nil when there is nothing to say.
        public let detail: String?
        /// The name holds text of an alert, as a hostname is: somebody else may have chosen it.
        public let isNamedByAlerts: Bool

        public init(
            _ name: String, isHealthy: Bool, state: String, detail: String? = nil, isNamedByAlerts: Bool = false
        ) {
            self.isNamedByAlerts = isNamedByAlerts
            self.name = name
            self.isHealthy = isHealthy
            self.state = state
            self.detail = detail
        }
    }

    public let components: [Component]

    public init(_ components: [Component]) { self.components = components }

    public var isHealthy: Bool { components.allSatisfy(\.isHealthy) }

    /// `{"status":"ok","components":[{"name":"journal","ok":true,"state":"writable"}]}` and a line feed.
    public var json: String {
        let parts = components.map { component in
            let detail = component.detail.map { ",\"detail\":\(Self.quoted($0))" } ?? ""
            return "{\"name\":\(Self.quoted(component.name)),\"ok\":\(component.isHealthy),"
                + "\"state\":\(Self.quoted(component.state))\(detail)}"
        }
        return "{\"status\":\"\(isHealthy ? "ok" : "failing")\",\"components\":[\(parts.joined(separator: ","))]}\n"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
