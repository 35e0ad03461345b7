// SPDX-License-Identifier: Apache-2.0

/// Falco's names for what makes a rules file invalid (falcosecurity/falco, userspace/engine/falco_load_result.cpp).
public enum LoadErrorCode: String, Sendable {
    case fileRead = "LOAD_ERR_FILE_READ"
    case yamlParse = "LOAD_ERR_YAML_PARSE"
    case yamlValidate = "LOAD_ERR_YAML_VALIDATE"
    case compileCondition = "LOAD_ERR_COMPILE_CONDITION"
    case compileOutput = "LOAD_ERR_COMPILE_OUTPUT"
    case validate = "LOAD_ERR_VALIDATE"

    /// `codedesc` in Falco's JSON, and what stands in parentheses behind the code in its text.
    public var meaning: String {
        switch self {
        case .fileRead: "File read error"
        case .yamlParse: "YAML parse error"
        case .yamlValidate: "Error validating internal structure of YAML file"
        case .compileCondition: "Error compiling condition"
        case .compileOutput: "Error compiling output"
        case .validate: "Error validating rule/macro/list/exception objects"
        }
    }
}

/// Falco's names for what it finds odd in a rules file that it loads all the same.
public enum LoadWarningCode: String, Sendable {
    case unknownSource = "LOAD_UNKNOWN_SOURCE"
    case unsafeNACheck = "LOAD_UNSAFE_NA_CHECK"
    case noEventType = "LOAD_NO_EVTTYPE"
    case unknownFilter = "LOAD_UNKNOWN_FILTER"
    case unusedMacro = "LOAD_UNUSED_MACRO"
    case unusedList = "LOAD_UNUSED_LIST"
    case unknownItem = "LOAD_UNKNOWN_ITEM"
    case deprecatedItem = "LOAD_DEPRECATED_ITEM"
    case appendNoValues = "LOAD_APPEND_NO_VALUES"

    /// What stands in parentheses behind the code in Falco's text.
    public var meaning: String {
        switch self {
        case .unknownSource: "Unknown event source"
        case .unsafeNACheck: "Unsafe <NA> comparison in condition"
        case .noEventType: "Condition has no event-type restriction"
        case .unknownFilter: "Unknown field or event-type in condition or output"
        case .unusedMacro: "Unused macro"
        case .unusedList: "Unused list"
        case .unknownItem: "Unknown rules file item"
        case .deprecatedItem: "Used deprecated item"
        case .appendNoValues: "Overriding/appending with no values"
        }
    }

    /// `codedesc` in Falco's JSON.
    public var explanation: String {
        switch self {
        case .unknownSource:
            "A rule has a unknown event source. This can occur when reading rules content without having a "
                + "corresponding plugin loaded, etc. The rule will be silently ignored."
        case .unsafeNACheck:
            "Comparing a field value with <NA> is unsafe and can lead to unpredictable behavior of the rule condition. "
                + "If you need to check for the existence of a field, consider using the 'exists' operator instead."
        case .noEventType:
            "A rule condition matches too many evt.type values. This has a significant performance penalty. Make the "
                + "condition more specific by adding an evt.type field or further restricting the number of evt.type "
                + "values in the condition."
        case .unknownFilter:
            "A rule condition or output refers to a field or evt.type that does not exist. This is normally an error, "
                + "but if a rule has a skip-if-unknown-filter property, the error is downgraded to a warning."
        case .unusedMacro: "A macro is defined in the rules content but is not used by any other macro or rule."
        case .unusedList: "A list is defined in the rules content but is not used by any other list, macro, or rule."
        case .unknownItem: "An unknown top-level object is in the rules content. It will be ignored."
        case .deprecatedItem: "A deprecated item is employed by lists, macros, or rules."
        case .appendNoValues: "A rule exception is overriding/appending with no values"
        }
    }
}
