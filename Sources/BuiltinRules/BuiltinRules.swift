// SPDX-License-Identifier: Apache-2.0

/// The Sigma rules that come with the program: `correlate.rules: [builtin]`. docs/rules.md says what each is for.
public enum BuiltinRules {
    /// Each file's name and text, in order of names.
    public static let files: [(name: String, bytes: [UInt8])] = [
        ("builtin/container-escape.yml", PackageResources.container_escape_yml),
        ("builtin/download-execute-delete.yml", PackageResources.download_execute_delete_yml),
        ("builtin/drops-during-incident.yml", PackageResources.drops_during_incident_yml),
        ("builtin/exec-then-shell.yml", PackageResources.exec_then_shell_yml),
        ("builtin/first-of-its-kind.yml", PackageResources.first_of_its_kind_yml),
        ("builtin/many-rules-one-container.yml", PackageResources.many_rules_one_container_yml),
        ("builtin/one-binary-many-places.yml", PackageResources.one_binary_many_places_yml),
        ("builtin/sensor-silent.yml", PackageResources.sensor_silent_yml),
        ("builtin/shell-read-connect.yml", PackageResources.shell_read_connect_yml),
    ]
}
