// SPDX-License-Identifier: Apache-2.0

/// How to ask for alerts: a page for models, constant ASCII. docs/conditions.md is the whole of it.
enum QueryGuide {
    static let text = #"""
        # Asking for alerts

        ## Which tool
        * A picture of the last hours: `get_overview`.
        * Single alerts: `search_alerts` (newest first, pages by `next_cursor`), then `get_alert` by id.
        * How many, exactly, over any time: `aggregate_alerts`, grouped by fields. Never count a page of `search_alerts`.
        * What belongs together: `list_incidents`, `get_incident`.
        * One host, container, user or address: `get_entity`. What ran under what: `get_process_tree`.
        * Why an alert was delivered, counted away, silenced or correlated: `explain_alert`.
        * What comes next: `wait_for_alerts` with the `cursor` of any result's `stream`.

        ## Filters
        All that is given must hold; of a list any value. `last` ("30m", "24h", "7d") or `from` and `to`; `min_priority`;
        `rule`, `source`, `hostname`, `container`, `namespace` compare whole values; `text` is a part of the output or of any
        field, the case of ASCII letters does not count; `fate` says what became of the alert:
        passed, suppressed (a repeat, counted in its group), silenced, inhibited, held (by a storm), unrouted,
        transport_duplicate. Without `fate` all are found.

        ## Conditions (`when`)
        Falco's own filter language over the alert:

            proc.name in (nc, ncat, socat) and not user.name = root
            priority >= error and k8s.ns.name = shop
            fd.sip = 10.0.0.0/8 or fd.name startswith /etc/
            proc.cmdline icontains "base64 -d" and container.id != host
            tags intersects (mitre_execution, T1059)
            manipulation_suspected = true

        Operators: = != < <= > >= contains icontains startswith endswith glob iglob regex in intersects pmatch exists;
        and, or, not, parentheses; tolower() toupper() basename() b64() len() on the left, val(field) on the right.
        Texts with blanks or any of ( ) ' " = , need quotes. `priority >= error` is error and more severe.
        A field that is absent, null, "" or "<NA>" is null: no comparison holds for it, != included; `exists` asks.
        Fields besides Falco's: rule, priority, source, hostname, tags, output, evt.time (nanoseconds), what enrichment added
        (attack, geo.*, threat.*, k8s.*), and `manipulation_suspected` (true or false).
        An alert carries only the fields that its rule's output names: a condition on others finds nothing. `falco_list_fields`
        lists all of Falco's, `falco_describe_rule` says which a rule has.

        ## Live
        `wait_for_alerts` takes the same filters. A status of `gap` means that history behind the cursor is lost: say so, and
        search what is kept. Subscribable: the resources under creance://alerts, creance://incidents, creance://statistics and
        creance://health; `creance://alerts/query/{condition}` is a condition that stands, percent-encoded.
        """#
}
