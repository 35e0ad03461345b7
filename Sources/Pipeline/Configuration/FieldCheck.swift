// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import FalcoRules

/// Whether a key may mean a field, by the same knowledge as conditions: a list of fields in which one is misspelt would
/// read a null everywhere, and find alerts the same that are not.
enum FieldCheck {
    /// Why no alert can have a field of this name; nil: one may.
    static func fault(_ name: String) -> ConfigFault? {
        do throws(ConditionError) {
            _ = try Condition("\(name) exists")
            return nil
        } catch {
            // Names of plugins may hold what a condition could not say; only what is known to be wrong is refused.
            guard error.what.hasPrefix("unknown field") else { return nil }
            return ConfigFault(error.what, allowed: error.expected, suggestion: error.suggestion)
        }
    }

    /// Says which of the names are one letter away from one of Falco's.
    static func remark(on names: [String], _ key: String, _ section: inout ConfigSection) {
        for name in names {
            for warning in (try? Condition("\(name) exists"))?.warnings ?? [] {
                section.report(.warning, key, warning.what, allowed: warning.expected, suggestion: warning.suggestion)
            }
        }
    }
}
