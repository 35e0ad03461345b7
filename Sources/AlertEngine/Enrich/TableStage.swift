// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Looks an alert's fields up in one generation of tables. What nothing wants is not looked up.
struct TableStage: Sendable {
    /// One field with an address, and what to call what is known about it; nil for what nothing wants.
    private struct Locating: Sendable {
        let field: Int
        let country: FieldName?
        let city: FieldName?
        let number: FieldName?
        let organization: FieldName?
    }

    private struct Watched: Sendable {
        let kind: IndicatorKind
        let field: Int
    }

    private struct Column: Sendable {
        let column: Int
        let name: FieldName
    }

    private struct Indicating: Sendable {
        let list: Int
        let value: FieldName?
        let description: FieldName?
        let fields: [Watched]
    }

    private struct Looking: Sendable {
        let table: Int
        let field: Int
        /// What back-fill calls the key, when it is one of its fields.
        let backfillName: FieldName?
        let columns: [Column]
    }

    let tables: EnrichTables
    private var places = FieldPlaces()
    private var locating: [Locating] = []
    private var indicating: [Indicating] = []
    private var looking: [Looking] = []
    private var memory: AddressMemory
    private var facts = AddressFacts()
    private var scratch: [UInt8] = []
    /// Databases that are asked, by index.
    private var fresh: [Int] = []
    /// The first of them is too old from here on.
    private var freshUntil = EventTime(nanoseconds: .max)

    init(_ tables: EnrichTables, wanted: WantedFields, now: EventTime, key: HashKey) {
        self.tables = tables
        memory = AddressMemory(key)
        func name(_ text: String) -> FieldName? {
            let name = FieldName(text)
            return wanted.contains(name) ? name : nil
        }
        for field in tables.addresses?.fields ?? [] {
            let (country, city) = (name(field.name + ".geo.country"), name(field.name + ".geo.city"))
            let (number, organization) = (name(field.name + ".as.number"), name(field.name + ".as.organization"))
            guard country != nil || city != nil || number != nil || organization != nil else { continue }
            locating.append(
                Locating(
                    field: places.number(of: field), country: country, city: city, number: number,
                    organization: organization))
        }
        for (index, list) in tables.indicators.enumerated() {
            let value = name("indicator." + list.name)
            let description = name("indicator." + list.name + ".description")
            guard (value != nil || description != nil) && list.count > 0 else { continue }
            let fields = list.fields.filter { list.asks(for: $0.kind) }.map {
                Watched(kind: $0.kind, field: places.number(of: $0.name))
            }
            indicating.append(Indicating(list: index, value: value, description: description, fields: fields))
        }
        for (index, table) in tables.lookups.enumerated() {
            let columns = table.columns.enumerated().compactMap { column, text in
                name(table.name + "." + text).map { Column(column: column, name: $0) }
            }
            guard !columns.isEmpty, table.count > 0 else { continue }
            let key = table.key.text
            looking.append(
                Looking(
                    table: index, field: places.number(of: table.key),
                    backfillName: BackfillNames.isOfContainer(key.span) ? table.key : nil, columns: columns))
        }
        judgeAge(now)
    }

    var isIdle: Bool { locating.isEmpty && indicating.isEmpty && looking.isEmpty }
    /// A lookup table's key can come from back-fill.
    var readsBackfill: Bool { looking.contains { $0.backfillName != nil } }

    /// Names of databases that are asked no more.
    var expired: [String] {
        guard let addresses = tables.addresses else { return [] }
        return addresses.databases.indices.filter { !fresh.contains($0) }.map { addresses.databases[$0].name }
    }

    mutating func pass(_ now: EventTime) {
        if now > freshUntil { judgeAge(now) }
    }

    mutating func visit(
        _ alert: AlertView, _ backfill: borrowing Backfill?, into added: inout AddedFields,
        _ counters: inout EnrichCounters
    ) {
        places.locate(in: alert)
        for index in locating.indices { locate(index, alert, into: &added, &counters) }
        for index in indicating.indices { indicate(index, alert, into: &added, &counters) }
        for index in looking.indices { look(index, alert, backfill, into: &added, &counters) }
    }

    // MARK: Databases of addresses

    private mutating func locate(
        _ index: Int, _ alert: AlertView, into added: inout AddedFields, _ counters: inout EnrichCounters
    ) {
        guard let text = places.text(locating[index].field, of: alert), let address = NetworkAddress(text),
            !address.isPrivate
        else { return }
        counters.addresses += 1
        guard let databases = tables.addresses?.databases else { return }
        if fresh.count < databases.count { counters.expired += databases.count - fresh.count }
        let known: AddressMemory.Known
        if let remembered = memory.find(address) {
            known = remembered
        } else {
            facts.removeAll()
            for database in fresh { databases[database].find(address, into: &facts) }
            known = memory.learn(address, facts)
        }
        guard !known.isEmpty else { return }
        counters.located += 1
        add(locating[index].country, known.country, to: &added)
        add(locating[index].city, known.city, to: &added)
        add(locating[index].number, known.digits, kind: .int64, bits: UInt64(known.number), to: &added)
        add(locating[index].organization, known.organization, to: &added)
    }

    private func add(
        _ name: FieldName?, _ text: Range<Int>, kind: FieldKind = .string, bits: UInt64 = 0,
        to added: inout AddedFields
    ) {
        guard let name, !text.isEmpty else { return }
        added.add(name, memory.bytes.span.extracting(text), kind: kind, bits: bits)
    }

    private mutating func judgeAge(_ now: EventTime) {
        fresh.removeAll(keepingCapacity: true)
        memory.removeAll()
        freshUntil = EventTime(nanoseconds: .max)
        guard let addresses = tables.addresses else { return }
        for (index, database) in addresses.databases.enumerated() {
            guard let maxAge = addresses.maxAge else {
                fresh.append(index)
                continue
            }
            let end = database.built.advanced(by: maxAge)
            guard now <= end else { continue }
            fresh.append(index)
            freshUntil = min(freshUntil, end)
        }
    }

    // MARK: Indicators

    private mutating func indicate(
        _ index: Int, _ alert: AlertView, into added: inout AddedFields, _ counters: inout EnrichCounters
    ) {
        let list = indicating[index].list
        for number in indicating[index].fields.indices {
            let field = indicating[index].fields[number]
            guard let text = places.text(field.field, of: alert), let row = find(field.kind, text, index, alert) else {
                continue
            }
            counters.indicators += 1
            let (values, descriptions) = (tables.indicators[list].values, tables.indicators[list].descriptions)
            if let name = indicating[index].value { added.add(name, values.text(at: row)) }
            let description = descriptions.text(at: row)
            if let name = indicating[index].description, !description.isEmpty { added.add(name, description) }
            return
        }
    }

    private mutating func find(_ kind: IndicatorKind, _ text: Span<UInt8>, _ index: Int, _ alert: AlertView) -> Int? {
        let list = indicating[index].list
        switch kind {
        case .address:
            guard let address = NetworkAddress(text) else { return nil }
            var length = 0
            while let first = tables.indicators[list].networks.next(address, &length) {
                if let row = row(from: first, index, alert) { return row }
            }
            return nil
        case .path:
            return tables.indicators[list].paths.find(text).flatMap { row(from: $0, index, alert) }
        case .hash:
            guard text.count <= 512 else { return nil }
            take(text)
            IndicatorText.normalizeHash(&scratch)
            return tables.indicators[list].hashes.find(scratch.span).flatMap { row(from: $0, index, alert) }
        case .domain:
            guard text.count <= 512 else { return nil }
            take(text)
            IndicatorText.normalizeDomain(&scratch)
            return findDomain(index, alert)
        }
    }

    /// The domain itself, then the one above it, and so on.
    private func findDomain(_ index: Int, _ alert: AlertView) -> Int? {
        let list = indicating[index].list
        let domain = scratch
        var start = 0
        while start < domain.count {
            let part = domain.span.extracting(start ..< domain.count)
            if let first = tables.indicators[list].domains.find(part), let row = row(from: first, index, alert) {
                return row
            }
            while start < domain.count, domain[start] != UInt8(ascii: ".") { start += 1 }
            start += 1
        }
        return nil
    }

    /// The first row of the indicator whose further conditions the alert fulfils.
    private func row(from first: Int, _ index: Int, _ alert: AlertView) -> Int? {
        tables.indicators[indicating[index].list].row(from: first) { condition in
            for number in indicating[index].fields.indices {
                let field = indicating[index].fields[number]
                guard field.kind == condition.kind else { continue }
                if let text = places.text(field.field, of: alert), condition.matches(text) { return true }
            }
            return false
        }
    }

    private mutating func take(_ text: Span<UInt8>) {
        scratch.removeAll(keepingCapacity: true)
        for index in text.indices { scratch.append(text[index]) }
    }

    // MARK: Lookup tables

    private func look(
        _ index: Int, _ alert: AlertView, _ backfill: borrowing Backfill?, into added: inout AddedFields,
        _ counters: inout EnrichCounters
    ) {
        let table = looking[index].table
        var row = -1
        if let text = places.text(looking[index].field, of: alert) {
            row = tables.lookups[table].find(text) ?? -1
        } else if let name = looking[index].backfillName, let known = backfill?.value(of: name) {
            row = tables.lookups[table].find(known.memory.span.extracting(known.text)) ?? -1
        }
        guard row >= 0 else { return }
        let looking = looking[index]
        counters.rows += 1
        let cells = tables.lookups[looking.table].cells
        let first = row * tables.lookups[looking.table].columns.count
        for number in looking.columns.indices {
            let column = looking.columns[number]
            let cell = cells.text(at: first + column.column)
            if !cell.isEmpty { added.add(column.name, cell) }
        }
    }
}
