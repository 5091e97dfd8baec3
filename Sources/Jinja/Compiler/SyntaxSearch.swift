// Questions about a syntax tree that the compiler asks.

extension StatementSyntax {
  /// The bodies inside this statement.
  var bodies: [[StatementSyntax]] {
    switch kind {
    case .forLoop(let loop): [loop.body, loop.otherwise]
    case .condition(let branches, let otherwise):
      branches.map(\.body) + [otherwise]
    case .macro(_, _, let body), .callBlock(_, _, let body),
      .filterBlock(_, let body), .setBlock(_, _, let body), .with(_, let body),
      .autoescape(_, let body):
      [body]
    case .block(let block): [block.body]
    default: []
    }
  }

  /// The expressions directly in this statement, targets included.
  var expressions: [ExpressionSyntax] {
    switch kind {
    case .output(let pieces):
      pieces.compactMap {
        if case .expression(let value) = $0 { value } else { nil }
      }
    case .forLoop(let loop):
      [loop.target, loop.sequence] + (loop.test.map { [$0] } ?? [])
    case .condition(let branches, _): branches.map(\.test)
    case .macro(_, let signature, _): signature.defaults
    case .callBlock(let signature, let call, _): [call] + signature.defaults
    case .filterBlock(let filter, _): [filter]
    case .set(let target, let value): [value, target]
    case .setBlock(let target, let filter, _):
      [target] + (filter.map { [$0] } ?? [])
    case .with(let items, _): items.flatMap { [$0.value, $0.target] }
    case .include(let template, _, _), .extends(let template),
      .importModule(let template, _, _), .importNames(let template, _, _):
      [template]
    case .autoescape(let flag, _): [flag]
    case .evaluate(let value): [value]
    case .translate(let text):
      text.variables.map(\.value) + (text.count.map { [$0] } ?? [])
    case .block, .debug, .breakLoop, .continueLoop: []
    }
  }

  /// Calls the closure for this statement and all inside it, in order.
  func walk(_ body: (StatementSyntax) throws -> Void) rethrows {
    try body(self)
    for inner in bodies {
      for statement in inner { try statement.walk(body) }
    }
  }
}

extension ExpressionSyntax {
  /// Calls the closure for this expression and all inside it.
  func walk(_ body: (ExpressionSyntax) throws -> Void) rethrows {
    try body(self)
    for child in children { try child.walk(body) }
  }
}

/// Finds which of some names a piece of a template uses without defining them
/// before, as Jinja2's compiler does to find `loop`, `caller` and the like.
struct UndeclaredSearch {
  private var wanted: Set<String>
  private(set) var found: Set<String> = []

  init(_ names: Set<String>) { wanted = names }

  static func find(
    _ names: Set<String>, in body: [StatementSyntax]
  ) -> Set<String> {
    var search = UndeclaredSearch(names)
    search.visit(body)
    return search.found
  }

  private mutating func visit(_ body: [StatementSyntax]) {
    for statement in body { visit(statement) }
  }

  private mutating func visit(_ statement: StatementSyntax) {
    if case .block = statement.kind { return }
    for expression in statement.expressions { visit(expression) }
    switch statement.kind {
    case .macro(_, let signature, _), .callBlock(let signature, _, _):
      for (name, _) in signature.names { wanted.remove(name) }
    case .set, .setBlock, .with, .forLoop:
      for target in statement.targets {
        target.forEachName { wanted.remove($0) }
      }
    default: break
    }
    for inner in statement.bodies { visit(inner) }
  }

  private mutating func visit(_ value: ExpressionSyntax) {
    value.forEachName { if wanted.contains($0) { found.insert($0) } }
  }
}

extension StatementSyntax {
  /// What the statement itself assigns to.
  var targets: [ExpressionSyntax] {
    switch kind {
    case .forLoop(let loop): [loop.target]
    case .set(let target, _), .setBlock(let target, _, _): [target]
    case .with(let items, _): items.map(\.target)
    default: []
    }
  }

  /// Whether running the statement may change something other than variables
  /// of its own scope and the output.
  var hasSideEffects: Bool {
    var found = false
    walk { statement in
      switch statement.kind {
      case .evaluate: found = true
      default: break
      }
      for expression in statement.expressions {
        expression.walk { inner in
          switch inner.kind {
          case .namespaceTarget: found = true
          case .call(let callee, _):
            if case .attribute(_, let name) = callee.kind,
              Self.changing.contains(name)
            {
              found = true
            }
          default: break
          }
        }
      }
    }
    return found
  }

  private static let changing: Set<String> = [
    "append", "clear", "extend", "insert", "next", "pop", "popitem", "remove",
    "reset", "reverse", "setdefault", "sort", "update",
  ]
}

extension StatementSyntax {
  /// The last place in some statements of which Jinja2 notes the line: what it
  /// does at their end, as joining their output, counts as done there.
  static func end(of statements: [StatementSyntax]) -> Position? {
    statements.compactMap(\.end).last
  }

  private var end: Position? {
    switch kind {
    case .output(let pieces):
      var last: Position?
      for case .expression(let value) in pieces { last = value.position }
      return last
    case .condition(let branches, let otherwise):
      var last = position
      for (place, branch) in branches.enumerated() {
        if place > 0 { last = branch.position }
        last = Self.end(of: branch.body) ?? last
      }
      return Self.end(of: otherwise) ?? last
    case .forLoop(let loop):
      if loop.isRecursive { return position }
      return Self.end(of: loop.otherwise) ?? Self.end(of: loop.body) ?? position
    case .macro(_, _, let body): return Self.end(of: body) ?? position
    case .with(_, let body), .autoescape(_, let body):
      return Self.end(of: body)
    default: return position
    }
  }
}

extension ExpressionSyntax {
  /// Whether Jinja2 evaluates the expression while it compiles, which shows
  /// where filters make markup.
  func isFoldable(_ environment: Environment) -> Bool {
    switch kind {
    case .name, .namespaceTarget, .call: return false
    case .filter(let value, let name, let call):
      return value != nil && !Self.needContext.contains(name)
        && environment.filters[name] != nil
        && BuiltinFilters.all[name] === environment.filters[name]
        && call.starred == nil && call.doubleStarred == nil
        && children.allSatisfy { $0.isFoldable(environment) }
    case .test(_, let name, _):
      return environment.tests[name] != nil
        && children.allSatisfy { $0.isFoldable(environment) }
    default: return children.allSatisfy { $0.isFoldable(environment) }
    }
  }

  /// Filters that ask for the context of a render.
  private static let needContext: Set<String> = [
    "map", "select", "reject", "selectattr", "rejectattr", "random",
  ]
}
