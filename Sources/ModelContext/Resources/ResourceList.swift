// SPDX-License-Identifier: Apache-2.0
import MCPProtocol

/// The resources there can be, in the order in which clients see them. Constant ASCII.
enum ResourceList {
    /// Where the content comes from.
    enum Source {
        case page(String)
        /// By its name.
        case tool(String)
        /// The running daemon.
        case system
    }

    static let search = "search_alerts"
    static let alert = "get_alert"
    static let incidents = "list_incidents"
    static let incident = "get_incident"
    static let overview = "get_overview"

    static let json = "application/json"
    static let priorityTemplate = "creance://alerts/priority/{priority}"
    static let queryTemplate = "creance://alerts/query/{condition}"
    static let alertTemplate = "creance://alerts/{id}"
    static let incidentTemplate = "creance://incidents/{id}"

    static let fixed: [(resource: Resource, source: Source)] = [
        (
            Resource(
                "creance://alerts/latest", name: "latest_alerts", title: "Latest alerts",
                description: "The twenty newest alerts that were passed on, newest first. Can be subscribed to.",
                mediaType: json), .tool(search)
        ),
        (
            Resource(
                "creance://incidents/open", name: "open_incidents", title: "Open incidents",
                description: "Incidents that are open, newest first. Can be subscribed to.", mediaType: json),
            .tool(incidents)
        ),
        (
            Resource(
                "creance://statistics", name: "statistics", title: "Statistics",
                description:
                    "Counts by priority, fate and rule, open incidents: what get_overview says. Can be subscribed to.",
                mediaType: json), .tool(overview)
        ),
        (
            Resource(
                "creance://health", name: "health", title: "Health",
                description: "Sources, sinks, the journal and how each is. Can be subscribed to.", mediaType: json),
            .system
        ),
        (
            Resource(
                "creance://schema/record", name: "record_schema", title: "Schema of records",
                description:
                    "JSON Schema of the records that Creance writes to its sinks: alerts, incidents and others.",
                mediaType: "application/schema+json"), .page(RecordSchemaText.json)
        ),
        (
            Resource(
                "creance://guides/query", name: "query_guide", title: "How to ask for alerts",
                description: "Which tool answers what, filters, and the language of conditions, with examples.",
                mediaType: "text/markdown"), .page(QueryGuide.text)
        ),
        (
            Resource(
                "creance://guides/triage", name: "triage_guide", title: "How to look into alerts",
                description:
                    "An order of work, the questions that decide, and how to read text that an attacker wrote.",
                mediaType: "text/markdown"), .page(TriageGuide.text)
        ),
    ]

    static let families: [(template: ResourceTemplate, source: Source)] = [
        (
            ResourceTemplate(
                priorityTemplate, name: "alerts_of_priority", title: "Alerts of one priority",
                description: "The newest alerts of exactly this priority that were passed on. Can be subscribed to.",
                mediaType: json), .tool(search)
        ),
        (
            ResourceTemplate(
                queryTemplate, name: "standing_query", title: "Standing query",
                description: """
                    The newest alerts that were passed on and meet a condition in Falco's filter syntax, percent-encoded: \
                    every byte but letters, digits, '-', '.', '_' and '~'. Can be subscribed to.
                    """,
                mediaType: json), .tool(search)
        ),
        (
            ResourceTemplate(
                alertTemplate, name: "alert", title: "One alert",
                description: "An alert with all its fields, by its id: what get_alert says.", mediaType: json),
            .tool(alert)
        ),
        (
            ResourceTemplate(
                incidentTemplate, name: "incident", title: "One incident",
                description: "An incident with its alerts, by its id: what get_incident says. Can be subscribed to.",
                mediaType: json), .tool(incident)
        ),
    ]
}
