// The names that a template takes from its variables, and the templates it
// names: jinja2.meta.

enum UndeclaredNames {
  /// The names that statements read and nothing before defines.
  static func of(_ body: [StatementSyntax]) -> Set<String> {
    var search = Search()
    search.visit(body, defined: [])
    return search.found
  }

  static func templates(_ body: [StatementSyntax]) -> [String?] {
    var result: [String?] = []
    for statement in body {
      statement.walk { inner in
        switch inner.kind {
        case .include(let template, _, _), .extends(let template),
          .importModule(let template, _, _), .importNames(let template, _, _):
          result += names(template)
        default: break
        }
      }
    }
    return result
  }

  private static func names(_ template: ExpressionSyntax) -> [String?] {
    switch template.kind {
    case .constant(let value): [value.text]
    case .list(let items), .tuple(let items): items.flatMap(names)
    default: [nil]
    }
  }

  private struct Search {
    var found: Set<String> = []

    /// Visits statements and answers what is defined behind them.
    @discardableResult
    mutating func visit(
      _ body: [StatementSyntax], defined: Set<String>
    ) -> Set<String> {
      var defined = defined
      for statement in body { visit(statement, &defined) }
      return defined
    }

    mutating func read(_ value: ExpressionSyntax, _ defined: Set<String>) {
      value.forEachName { if !defined.contains($0) { found.insert($0) } }
    }

    mutating func visit(
      _ statement: StatementSyntax, _ defined: inout Set<String>
    ) {
      func names(_ target: ExpressionSyntax) -> Set<String> {
        var result: Set<String> = []
        target.forEachName { result.insert($0) }
        return result
      }
      switch statement.kind {
      case .forLoop(let loop):
        read(loop.sequence, defined)
        let inner = defined.union(names(loop.target)).union(["loop"])
        if let test = loop.test { read(test, inner) }
        visit(loop.body, defined: inner)
        visit(loop.otherwise, defined: defined)
      case .condition(let branches, let otherwise):
        var after: [Set<String>] = []
        for branch in branches {
          read(branch.test, defined)
          after.append(visit(branch.body, defined: defined))
        }
        after.append(visit(otherwise, defined: defined))
        defined = after.dropFirst().reduce(after[0]) { $0.intersection($1) }
      case .macro(let name, let signature, let body):
        defined.insert(name)
        macro(signature, body, defined)
      case .callBlock(let signature, let call, let body):
        read(call, defined)
        macro(signature, body, defined)
      case .set(let target, let value):
        read(value, defined)
        namespaces(target, defined)
        defined.formUnion(names(target))
      case .setBlock(let target, let filter, let body):
        visit(body, defined: defined)
        if let filter { read(filter, defined) }
        namespaces(target, defined)
        defined.formUnion(names(target))
      case .with(let items, let body):
        for item in items { read(item.value, defined) }
        visit(
          body,
          defined: items.reduce(into: defined) {
            $0.formUnion(names($1.target))
          })
      case .importModule(let template, let target, _):
        read(template, defined)
        defined.insert(target)
      case .importNames(let template, let names, _):
        read(template, defined)
        defined.formUnion(names.map(\.alias))
      case .block(let block):
        visit(block.body, defined: ["self", "super"])
      default:
        for value in statement.expressions { read(value, defined) }
        for body in statement.bodies { visit(body, defined: defined) }
      }
    }

    private mutating func namespaces(
      _ target: ExpressionSyntax, _ defined: Set<String>
    ) {
      target.walk { part in
        if case .namespaceTarget(let name, _) = part.kind,
          !defined.contains(name)
        {
          found.insert(name)
        }
      }
    }

    private mutating func macro(
      _ signature: SignatureSyntax, _ body: [StatementSyntax],
      _ defined: Set<String>
    ) {
      for value in signature.defaults { read(value, defined) }
      visit(
        body,
        defined: defined.union(signature.names.map(\.name))
          .union(["caller", "varargs", "kwargs"]))
    }
  }
}
