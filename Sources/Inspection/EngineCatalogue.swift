// SPDX-License-Identifier: Apache-2.0

/// The metrics of the engine's stages, in the order of decisions.
///
/// Label values: `rule` is the title of a correlation rule in force, so there are never more of them than rules.
extension MetricCatalogue {
    // Transport identity.
    public static let identityHeld = MetricDescription(
        "creance_identity_entries", .gauge, [], "Alerts remembered to know the same alert when it arrives again.")
    public static let identityPushedOut = MetricDescription(
        "creance_identity_pushed_out_total", .counter, [],
        "Alerts forgotten before their 60 s were over, because the table was full: a copy of them counts as new.")

    // Enrichment.
    public static let enriched = MetricDescription(
        "creance_enrich_added_total", .counter, ["kind"],
        "What was added: fields by backfill, attack names, located addresses, hits of indicators, rows of tables.")
    public static let enrichLookups = MetricDescription(
        "creance_enrich_addresses_total", .counter, [], "Addresses looked up in a database.")
    public static let enrichExpired = MetricDescription(
        "creance_enrich_expired_lookups_total", .counter, [],
        "Look-ups left out because the database is past its age limit.")
    public static let expiredDatabase = MetricDescription(
        "creance_enrich_database_expired", .gauge, ["database"], "1 for a database past its age limit: it adds nothing."
    )
    public static let backfillContainers = MetricDescription(
        "creance_enrich_backfill_containers_total", .counter, [], "Containers that back-fill met.")
    public static let backfillForgotten = MetricDescription(
        "creance_enrich_backfill_forgotten_total", .counter, [],
        "Containers forgotten because back-fill's memory was full.")
    public static let backfillUnlearnt = MetricDescription(
        "creance_enrich_backfill_unlearnt_total", .counter, [],
        "Values that back-fill could not keep: too long, or too many names.")

    // Deduplication.
    public static let admitted = MetricDescription(
        "creance_deduplicate_admitted_total", .counter, ["outcome"],
        "Alerts by what deduplication made of them; ungrouped ones passed for want of memory, or because their "
            + "fingerprint had too many groups at different times.")
    public static let revoked = MetricDescription(
        "creance_deduplicate_revoked_total", .counter, [],
        "Alerts taken out of their group again because they were inhibited or held.")
    public static let groups = MetricDescription("creance_deduplicate_groups", .gauge, [], "Open groups.")
    public static let groupLimit = MetricDescription(
        "creance_deduplicate_groups_limit", .gauge, [], "Open groups that deduplicate.memory has room for.")
    public static let groupsClosed = MetricDescription(
        "creance_deduplicate_groups_closed_total", .counter, [], "Groups that have closed.")
    public static let groupsMerged = MetricDescription(
        "creance_deduplicate_groups_merged_total", .counter, [], "Groups that a late alert joined to an earlier one.")
    public static let groupRecords = MetricDescription(
        "creance_deduplicate_records_total", .counter, ["kind"], "Records about groups, by kind (update, summary).")
    public static let unrememberedVariants = MetricDescription(
        "creance_deduplicate_unremembered_variants_total", .counter, [],
        "Alerts whose variant there was no room to remember: each left as a new one.")
    public static let deduplicateMemory = MetricDescription(
        "creance_deduplicate_memory_bytes", .gauge, [], "Memory that open groups take.")
    public static let deduplicateMemoryLimit = MetricDescription(
        "creance_deduplicate_memory_limit_bytes", .gauge, [], "deduplicate.memory.")

    // Correlation.
    public static let rules = MetricDescription(
        "creance_rules", .gauge, ["kind"], "Rules in force, by kind (detection, correlation).")
    public static let ruleAlerts = MetricDescription(
        "creance_rule_alerts_total", .counter, ["rule"],
        "Alerts and fired correlations that a correlation rule looked at.")
    public static let ruleFirings = MetricDescription(
        "creance_rule_firings_total", .counter, ["rule"], "Times the rule's condition was satisfied.")
    public static let ruleGroups = MetricDescription(
        "creance_rule_groups", .gauge, ["rule"], "Groups that the rule keeps.")
    public static let ruleLeftOut = MetricDescription(
        "creance_rule_left_out_total", .counter, ["rule", "reason"],
        "Alerts that a rule could not take: a null in the group key (null_key), no number where one is needed "
            + "(not_a_number), too late for what the rule still held (late).")
    public static let ruleEvictions = MetricDescription(
        "creance_rule_evictions_total", .counter, ["rule", "reason"],
        "Groups forgotten to make room; all but expired ones can cost an incident.")
    public static let correlateMemory = MetricDescription(
        "creance_correlate_memory_bytes", .gauge, [], "Memory that groups and open incidents take.")
    public static let correlateMemoryLimit = MetricDescription(
        "creance_correlate_memory_limit_bytes", .gauge, [], "correlate.memory.")
    public static let incidentsOpen = MetricDescription("creance_incidents_open", .gauge, [], "Open incidents.")
    public static let incidentsOpened = MetricDescription(
        "creance_incidents_opened_total", .counter, [], "Incidents that have opened.")
    public static let incidentsClosed = MetricDescription(
        "creance_incidents_closed_total", .counter, ["reason"],
        "Incidents that have closed: over (ended), part of another one (merged), or early because too many were open "
            + "(limit).")
    public static let incidentsLate = MetricDescription(
        "creance_incidents_late_alerts_total", .counter, [],
        "Late alerts that belong to an incident which had closed.")

    // Silences, inhibitions, storms.
    public static let silences = MetricDescription("creance_silences", .gauge, [], "Silences in force.")
    public static let silenceChanges = MetricDescription(
        "creance_silence_changes_total", .counter, ["change"],
        "Silences of run time that were set, lifted, expired or refused.")
    public static let inhibitionsLost = MetricDescription(
        "creance_inhibition_lost_total", .counter, ["reason"],
        "Incidents and alerts that should have inhibited others and did not: a null among the equal fields (null_key), "
            + "or no room (full).")
    public static let stormsOpen = MetricDescription("creance_storms_open", .gauge, [], "Open storms.")
    public static let storms = MetricDescription("creance_storms_total", .counter, [], "Storms that have begun.")
    public static let stormHeld = MetricDescription(
        "creance_storm_held_total", .counter, ["limit"],
        "Alerts held, by the limit they exceeded (rule, scope, overall).")
    public static let stormPassed = MetricDescription(
        "creance_storm_passed_total", .counter, ["reason"],
        "Alerts let through unlimited: Critical and above (exempt), rule or scope without room in the table "
            + "(untracked), no room for another storm (unheld).")

    static let engine = [
        identityHeld, identityPushedOut,
        enriched, enrichLookups, enrichExpired, expiredDatabase, backfillContainers, backfillForgotten,
        backfillUnlearnt,
        admitted, revoked, groups, groupLimit, groupsClosed, groupsMerged, groupRecords, unrememberedVariants,
        deduplicateMemory, deduplicateMemoryLimit,
        rules, ruleAlerts, ruleFirings, ruleGroups, ruleLeftOut, ruleEvictions, correlateMemory, correlateMemoryLimit,
        incidentsOpen, incidentsOpened, incidentsClosed, incidentsLate,
        silences, silenceChanges, inhibitionsLost, stormsOpen, storms, stormHeld, stormPassed,
    ]
}
