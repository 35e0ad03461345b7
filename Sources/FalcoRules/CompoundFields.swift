// SPDX-License-Identifier: Apache-2.0

/// Falco's fields that no alert carries, because they only exist in conditions: `fd.ip` is whichever address of a
/// connection there is, `fd.snet` the server's address as part of a network. They are read from the fields that alerts do
/// carry.
enum CompoundFields {
    private static let members: [String: [String]] = [
        "fd.ip": ["fd.cip", "fd.sip", "fd.lip", "fd.rip"], "fd.net": ["fd.cip", "fd.sip", "fd.lip", "fd.rip"],
        "fd.port": ["fd.cport", "fd.sport", "fd.lport", "fd.rport"],
        "fd.cnet": ["fd.cip"], "fd.snet": ["fd.sip"], "fd.lnet": ["fd.lip"], "fd.rnet": ["fd.rip"],
    ]

    /// The tree with comparisons of such fields written out: any of the fields is enough; for `!=` none may be equal.
    static func written(out tree: ConditionTree) throws(ConditionError) -> ConditionTree {
        switch tree {
        case .and(let members): return .and(try writtenOut(members))
        case .or(let members): return .or(try writtenOut(members))
        case .not(let inner): return .not(try written(out: inner))
        case .check(let check): return try written(out: check)
        }
    }

    private static func writtenOut(_ members: [ConditionTree]) throws(ConditionError) -> [ConditionTree] {
        var result: [ConditionTree] = []
        for member in members { result.append(try written(out: member)) }
        return result
    }

    private static func written(out check: ConditionCheck) throws(ConditionError) -> ConditionTree {
        if case .field(let other) = check.operand, members[other.name] != nil {
            throw ConditionError(
                at: other.offset, "\(quoted(other.name.utf8)) stands for several fields and cannot stand on the right")
        }
        guard let names = members[check.field.name] else { return .check(check) }
        func checks(_ operator: ConditionOperator, _ operand: ConditionCheck.Operand) -> ConditionTree {
            let all = names.map { name in
                let field = FieldExpression(
                    name: name, argument: check.field.argument, transformers: check.field.transformers,
                    offset: check.field.offset)
                return ConditionTree.check(ConditionCheck(field: field, operator: `operator`, operand: operand))
            }
            return all.count == 1 ? all[0] : .or(all)
        }
        if names.count > 1, case .values(let values) = check.operand,
            let null = values.first(where: { ConditionLiteral($0.bytes).isNull }), check.operator.comparesWhole
        {
            throw ConditionError(
                at: null.offset, "\(quoted(check.field.name.utf8)) stands for several fields", expected: "exists")
        }
        guard check.operator == .notEqual else { return checks(check.operator, check.operand) }
        return .and([checks(.exists, .none), .not(checks(.equal, check.operand))])
    }
}

extension ConditionOperator {
    /// Equality with one of the values, where `''` means null.
    var comparesWhole: Bool { self == .equal || self == .notEqual || self == .in || self == .intersects }
}
