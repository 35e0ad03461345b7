// SPDX-License-Identifier: Apache-2.0

/// docs/schema/creance-record.schema.json, as it is there; a test compares.
enum RecordSchemaText {
    static let json = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:creance:record:1",
          "title": "A record of Creance, schema 1",
          "description": "One line of the format `creance`. Keys may be added within schema 1; readers ignore \#
        keys they do not know.",
          "type": "object",
          "required": ["schema", "kind", "id"],
          "properties": { "schema": { "const": 1 }, "kind": { "enum": ["alert", "summary", "incident", "storm", \#
        "gap"] } },
          "oneOf": [
            { "$ref": "#/$defs/alert" },
            { "$ref": "#/$defs/summary" },
            { "$ref": "#/$defs/incident" },
            { "$ref": "#/$defs/storm" },
            { "$ref": "#/$defs/gap" }
          ],
          "$defs": {
            "id": {
              "description": "Names this record and is never reused: a receiver may drop a repeat by it.",
              "type": "string",
              "minLength": 1
            },
            "placeId": {
              "description": "Installation, epoch (of the process that accepted it) and place in the journal.",
              "type": "string",
              "pattern": "^[0-9a-f]{16}-[0-9a-f]{16}-(0|[1-9][0-9]*)$"
            },
            "time": {
              "description": "RFC 3339 in UTC with nine digits.",
              "type": "string",
              "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z$"
            },
            "count": { "type": "integer", "minimum": 0 },
            "revision": { "description": "0, 1, 2 … of one subject.", "type": "integer", "minimum": 0 },
            "priority": {
              "enum": ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"]
            },
            "subjectId": {
              "description": "A group, an incident or a storm, from open to close; or one record about it.",
              "type": "string",
              "pattern": "^[0-9a-f]{32}$"
            },
            "subject": { "type": "object", "required": ["id"], "properties": { "id": { "$ref": \#
        "#/$defs/subjectId" } } },
            "alert": {
              "type": "object",
              "required": [
                "schema", "kind", "id", "time", "priority", "rule", "source", "hostname", "tags", "output", \#
        "output_fields",
                "received"
              ],
              "properties": {
                "kind": { "const": "alert" },
                "id": { "$ref": "#/$defs/placeId" },
                "time": { "$ref": "#/$defs/time" },
                "time_source": {
                  "description": "Present when `time` is not the sender's: it sent none that could be used.",
                  "const": "arrival"
                },
                "priority": { "$ref": "#/$defs/priority" },
                "rule": { "type": "string", "minLength": 1 },
                "source": { "description": "Falco's: syscall, k8s_audit, …; empty when it was not sent.", \#
        "type": "string" },
                "hostname": { "description": "Empty when it was not sent.", "type": "string" },
                "tags": { "type": "array", "items": { "type": "string" } },
                "output": { "type": "string" },
                "output_fields": {
                  "description": "As Falco's own JSON has them. Integers may use all 64 bits.",
                  "type": "object"
                },
                "received": {
                  "type": "object",
                  "required": ["source", "time"],
                  "properties": {
                    "source": { "description": "The source's name in the configuration.", "type": "string", \#
        "minLength": 1 },
                    "time": { "$ref": "#/$defs/time" }
                  }
                },
                "group": {
                  "type": "object",
                  "required": ["id", "variant", "count"],
                  "properties": {
                    "id": { "$ref": "#/$defs/subjectId" },
                    "variant": { "$ref": "#/$defs/count" },
                    "count": { "$ref": "#/$defs/count" }
                  }
                },
                "marks": {
                  "description": "Late: behind the watermark. Skewed: its time lay ahead, its arrival decided. \#
        Ungrouped: the table of groups was full. Unplaced: a rule could not place it.",
                  "type": "array",
                  "items": { "enum": ["late", "skewed", "ungrouped", "unplaced"] }
                },
                "enrichment": { "description": "What was added; never a field that the alert has.", "type": \#
        "object" },
                "incidents": {
                  "description": "The incidents it counted in when it was decided.",
                  "type": "array",
                  "items": { "$ref": "#/$defs/subjectId" }
                }
              }
            },
            "summary": {
              "type": "object",
              "required": [
                "schema", "kind", "id", "state", "revision", "group", "total", "suppressed", "variants", \#
        "first", "last",
                "by_priority", "samples"
              ],
              "properties": {
                "kind": { "const": "summary" },
                "id": { "$ref": "#/$defs/subjectId" },
                "state": { "enum": ["update", "close"] },
                "revision": { "$ref": "#/$defs/revision" },
                "group": {
                  "type": "object",
                  "required": ["id", "fields"],
                  "properties": { "id": { "$ref": "#/$defs/subjectId" }, "fields": { "type": "object" } }
                },
                "total": { "$ref": "#/$defs/count" },
                "suppressed": { "$ref": "#/$defs/count" },
                "variants": { "$ref": "#/$defs/count" },
                "first": { "$ref": "#/$defs/time" },
                "last": { "$ref": "#/$defs/time" },
                "by_priority": {
                  "type": "object",
                  "propertyNames": { "$ref": "#/$defs/priority" },
                  "additionalProperties": { "$ref": "#/$defs/count" }
                },
                "samples": { "type": "array", "items": { "$ref": "#/$defs/placeId" } },
                "new_variants": {
                  "description": "Masked command lines of variants beyond the limit, new since the record \#
        before.",
                  "type": "array",
                  "items": { "type": "string" }
                }
              }
            },
            "incident": {
              "type": "object",
              "required": [
                "schema", "kind", "id", "state", "revision", "incident", "rule", "group", "value", "first", \#
        "last", "alerts"
              ],
              "properties": {
                "kind": { "const": "incident" },
                "id": { "$ref": "#/$defs/subjectId" },
                "state": { "enum": ["open", "update", "close"] },
                "revision": { "$ref": "#/$defs/revision" },
                "incident": { "$ref": "#/$defs/subject" },
                "rule": {
                  "type": "object",
                  "required": ["id", "title", "type", "level"],
                  "properties": {
                    "id": { "type": "string" },
                    "title": { "type": "string" },
                    "type": { "type": "string" },
                    "level": { "enum": ["critical", "high", "medium", "low", "informational"] }
                  }
                },
                "group": { "type": "object" },
                "value": { "type": "number" },
                "first": { "$ref": "#/$defs/time" },
                "last": { "$ref": "#/$defs/time" },
                "alerts": { "type": "array", "maxItems": 16, "items": { "$ref": "#/$defs/placeId" } },
                "attack": { "type": "array", "items": { "type": "string" } },
                "approximate": { "type": "boolean" },
                "undercount_possible": { "type": "boolean" },
                "gap": { "description": "A gap falls into the incident's time.", "type": "boolean" },
                "tags": { "description": "Of the rule.", "type": "array", "items": { "type": "string" } },
                "firing": { "description": "With `emit: every`: the alert that fired.", "$ref": \#
        "#/$defs/placeId" },
                "merged_into": {
                  "description": "The incident that this one turned out to be part of.",
                  "$ref": "#/$defs/subjectId"
                }
              }
            },
            "storm": {
              "type": "object",
              "required": ["schema", "kind", "id", "state", "revision", "storm", "scope", "key", "held", "top", \#
        "first", "last"],
              "properties": {
                "kind": { "const": "storm" },
                "id": { "$ref": "#/$defs/subjectId" },
                "state": { "enum": ["open", "update", "close"] },
                "revision": { "$ref": "#/$defs/revision" },
                "storm": { "$ref": "#/$defs/subject" },
                "scope": { "enum": ["rule", "scope", "overall"] },
                "key": { "type": "string" },
                "held": { "$ref": "#/$defs/count" },
                "top": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["key", "count"],
                    "properties": { "key": { "type": "string" }, "count": { "$ref": "#/$defs/count" } }
                  }
                },
                "first": { "$ref": "#/$defs/time" },
                "last": { "$ref": "#/$defs/time" },
                "samples": {
                  "description": "Some of the alerts held.",
                  "type": "array",
                  "items": { "$ref": "#/$defs/placeId" }
                }
              }
            },
            "gap": {
              "description": "Alerts of a source may be missing between two arrival times.",
              "type": "object",
              "required": ["schema", "kind", "id", "source", "from", "to", "reason"],
              "properties": {
                "kind": { "const": "gap" },
                "id": { "$ref": "#/$defs/placeId" },
                "source": { "description": "The source's name in the configuration.", "type": "string", \#
        "minLength": 1 },
                "from": { "description": "Arrival of the last alert stored before.", "$ref": "#/$defs/time" },
                "to": { "description": "Arrival of the first one after.", "$ref": "#/$defs/time" },
                "reason": { "enum": ["reconnected", "restarted", "drain_limit", "receive_limit", \#
        "rotated_away", "journal_damaged", "backlog"] }
              }
            }
          }
        }

        """#
}
