// SPDX-License-Identifier: Apache-2.0

/// Fields of Elastic Common Schema 9 with their types: facts of https://www.elastic.co/docs/reference/ecs/ecs-field-reference,
/// as far as the project writes them. A type with `[]` is a field that holds a list.
enum ECSFields {
    static let types: [String: String] = {
        var types: [String: String] = [:]
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ")
            for name in words.dropFirst() { types[String(name)] = String(words[0]) }
        }
        return types
    }()

    private static let table = """
        date @timestamp event.created event.start event.end
        text message
        keyword[] tags event.category event.type container.image.tag container.image.hash.all
        keyword[] threat.tactic.id threat.tactic.name threat.technique.id threat.technique.name
        keyword[] threat.technique.subtechnique.id threat.technique.subtechnique.name
        keyword ecs.version event.kind event.module event.dataset event.id event.provider event.action event.reason
        long event.severity event.sequence
        keyword log.level rule.id rule.name rule.category host.name host.hostname threat.framework
        long process.pid process.vpid process.thread.id process.parent.pid process.group_leader.pid
        long process.session_leader.pid
        keyword process.name process.executable process.working_directory process.parent.name process.parent.executable
        keyword process.session_leader.name process.user.id process.user.name
        wildcard process.command_line process.parent.command_line
        keyword user.id user.name user.group.id user.group.name
        keyword container.id container.name container.runtime container.image.name
        boolean container.security_context.privileged
        keyword orchestrator.type orchestrator.namespace orchestrator.resource.type orchestrator.resource.name
        keyword orchestrator.resource.id
        keyword file.path file.name file.directory file.type
        keyword source.address source.domain source.geo.country_iso_code source.geo.city_name
        keyword source.as.organization.name destination.address destination.domain destination.geo.country_iso_code
        keyword destination.geo.city_name destination.as.organization.name network.transport network.type
        ip source.ip destination.ip
        long source.port destination.port source.as.number destination.as.number
        """

    /// https://www.elastic.co/docs/reference/ecs/ecs-category-field-values-reference
    static let kinds: Set<String> = [
        "alert", "asset", "enrichment", "event", "metric", "pipeline_error", "signal", "state",
    ]
    /// Categories, each with the types that are expected with it.
    static let categories: [String: Set<String>] = [
        "file": ["access", "change", "creation", "deletion", "info"],
        "intrusion_detection": ["allowed", "denied", "info"],
        "network": ["access", "allowed", "connection", "denied", "end", "info", "protocol", "start"],
        "process": ["access", "change", "end", "info", "start"],
        "threat": ["indicator"],
    ]
}
