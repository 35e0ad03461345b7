// SPDX-License-Identifier: Apache-2.0

/// OCSF 1.8.0 as far as the project writes it: facts of https://schema.ocsf.io/1.8.0/classes/detection_finding.
///
/// A line is an object: its attributes with their types (`name` a string, `name#` a whole number, `name?` a Boolean,
/// `name{}` any JSON object, `name:object`, `name[]` for lists), `!` behind what is required. `|` begins the constraint
/// that at least one of the names behind it is there.
enum OCSFSchema {
    struct Object {
        var attributes: [String: String] = [:]
        var required: Set<String> = []
        var atLeastOne: Set<String> = []
    }

    static let objects: [String: Object] = {
        var objects: [String: Object] = [:]
        var name = ""
        for line in table.split(separator: "\n") {
            var words = line.split(separator: " ").map(String.init)
            if !line.hasPrefix(" ") { name = words.removeFirst() }
            var object = objects[name] ?? Object()
            if words.first == "|" {
                object.atLeastOne.formUnion(words.dropFirst())
            } else {
                for word in words { add(word, to: &object) }
            }
            objects[name] = object
        }
        return objects
    }()

    private static func add(_ word: String, to object: inout Object) {
        let isRequired = word.hasSuffix("!")
        let bare = isRequired ? String(word.dropLast()) : word
        let name = String(bare.prefix { $0.isLetter || $0 == "_" })
        object.attributes[name] = String(bare.dropFirst(name.count))
        if isRequired { object.required.insert(name) }
    }

    private static let table = """
        detection_finding activity_id#! activity_name category_uid#! category_name class_uid#! class_name type_uid#!
          type_name severity_id#! severity status_id# status is_alert? time#! start_time# end_time# count# message
          metadata:metadata! finding_info:finding_info! device:device evidences:evidences[] resources:resource[]
          observables:observable[] enrichments:enrichment[] unmapped{}
        metadata version! product:product! uid correlation_uid original_time logged_time# log_level log_name log_provider
          labels[] profiles[]
        product name vendor_name feature:feature
          | name uid
        feature name uid
          | name uid
        finding_info uid! title types[] created_time# modified_time# first_seen_time# last_seen_time# analytic:analytic
          attacks:attack[] related_events:related_event[] related_events_count#
        analytic uid name type_id#! type
          | name uid
        attack tactic:tactic technique:tactic sub_technique:tactic version
          | tactic technique sub_technique
        tactic uid name
          | name uid
        related_event uid! type_uid# type_name
        device hostname type_id#! type
          | ip uid name hostname
        evidences process:process file:file src_endpoint:endpoint dst_endpoint:endpoint connection_info:connection
          container:container user:user actor:actor api:api
          | actor api connection_info dst_endpoint file process src_endpoint user
        actor user:user process:process
          | process user
        api operation!
        process pid# uid name cmd_line file:file working_directory tid# user:user parent_process:process
          ancestry:ancestor[]
          | pid uid
        ancestor pid# uid name cmd_line path
          | pid uid name cmd_line path
        file name! path type_id#!
        user name uid
          | name uid
        endpoint ip hostname port# location:location autonomous_system:system
          | ip hostname
        location country city
          | country city
        system number# name
          | number name
        connection direction_id#! direction protocol_name protocol_ver_id#
        container uid name runtime image:image
          | uid name
        image uid! name tag
        resource uid name type namespace
          | uid name
        observable name type_id#! type value
        enrichment name! value! data{}! provider
        """

    /// The values that an enumeration may have.
    static let values: [String: Set<Int>] = [
        "activity_id": [0, 1, 2, 3, 99], "category_uid": [2], "class_uid": [2004],
        "type_uid": [200_401, 200_402, 200_403],
        "severity_id": [0, 1, 2, 3, 4, 5, 6, 99], "status_id": [0, 1, 2, 3, 4, 5, 6, 99],
        "direction_id": [0, 1, 2, 3, 99],
        "protocol_ver_id": [0, 4, 6, 99],
    ]
}
