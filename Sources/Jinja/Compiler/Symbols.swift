// Which variable a name means. The rules are those of Jinja2's identifier
// tracking (jinja2/idtracking.py), which every scoping quirk follows from.

/// A function that is being compiled: the whole template, a block, a macro or
/// the body of a recursive loop.
///
/// Each call has a frame of slots.
final class FunctionScope {
  let parent: FunctionScope?
  let depth: Int
  private(set) var slotCount = 0

  init(parent: FunctionScope?) {
    self.parent = parent
    depth = parent.map { $0.depth + 1 } ?? 0
  }

  func newSlot() -> Int {
    defer { slotCount += 1 }
    return slotCount
  }
}

/// A slot in the frame of a function.
struct Reference: Hashable {
  var function: ObjectIdentifier
  var depth: Int
  var slot: Int
}

/// What a slot holds when its scope is entered.
enum Load {
  case parameter
  /// The variable of the context.
  case resolve(String)
  /// What an outer slot holds.
  case alias(Reference)
  case undefined
}

/// The names of one scope.
final class Symbols {
  /// Slots by name, shared by the branches of one scope.
  private final class Slots {
    let function: FunctionScope
    var byName: [String: Reference] = [:]
    init(_ function: FunctionScope) { self.function = function }
  }

  let parent: Symbols?
  private let slots: Slots
  private(set) var references: [String: Reference] = [:]
  private(set) var loads: [Reference: Load] = [:]
  private(set) var order: [Reference] = []
  private(set) var stores: Set<String> = []

  var function: FunctionScope { slots.function }

  init(parent: Symbols?, function: FunctionScope) {
    self.parent = parent
    slots = Slots(function)
  }

  private init(branchOf other: Symbols) {
    parent = other.parent
    slots = other.slots
    references = other.references
    loads = other.loads
    order = other.order
    stores = other.stores
  }

  @discardableResult
  private func define(_ name: String, _ load: Load) -> Reference {
    let reference: Reference
    if let known = slots.byName[name] {
      reference = known
    } else {
      reference = Reference(
        function: ObjectIdentifier(function), depth: function.depth,
        slot: function.newSlot())
      slots.byName[name] = reference
    }
    references[name] = reference
    setLoad(reference, load)
    return reference
  }

  private func setLoad(_ reference: Reference, _ load: Load) {
    if loads.updateValue(load, forKey: reference) == nil {
      order.append(reference)
    }
  }

  func find(_ name: String) -> Reference? {
    references[name] ?? parent?.find(name)
  }

  func findLoad(_ reference: Reference) -> Load? {
    loads[reference] ?? parent?.findLoad(reference)
  }

  @discardableResult
  func declareParameter(_ name: String) -> Reference {
    stores.insert(name)
    return define(name, .parameter)
  }

  func load(_ name: String) {
    if find(name) == nil { define(name, .resolve(name)) }
  }

  func store(_ name: String) {
    stores.insert(name)
    guard references[name] == nil else { return }
    if let outer = parent?.find(name) {
      define(name, .alias(outer))
    } else {
      define(name, .undefined)
    }
  }

  private func update(fromBranches branches: [Symbols]) {
    var stored: Set<String> = []
    for branch in branches { stored.formUnion(branch.stores) }
    stored.subtract(stores)
    for branch in branches {
      references.merge(branch.references) { $1 }
      for reference in branch.order {
        if let load = branch.loads[reference] { setLoad(reference, load) }
      }
      stores.formUnion(branch.stores)
    }
    for name in stored {
      guard let target = find(name) else { continue }
      if let outer = parent?.find(name) {
        setLoad(target, .alias(outer))
      } else {
        setLoad(target, .resolve(name))
      }
    }
  }

  /// All names that this scope and those around it assign to.
  func storedNames() -> [(name: String, reference: Reference)] {
    var result: [String: Reference] = [:]
    var scope: Symbols? = self
    while let current = scope {
      for name in current.stores where result[name] == nil {
        result[name] = find(name)
      }
      scope = current.parent
    }
    return result.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  // MARK: Analysis

  func visit(_ statements: [StatementSyntax]) {
    for statement in statements { visit(statement) }
  }

  func visit(_ statement: StatementSyntax) {
    switch statement.kind {
    case .output(let pieces):
      for case .expression(let value) in pieces { visit(value) }
    case .forLoop(let loop): visit(loop.sequence)
    case .condition(let branches, let otherwise):
      visit(branches[0].test)
      var scopes = [branch(branches[0].body)]
      let elifs = Symbols(branchOf: self)
      for next in branches.dropFirst() {
        // Each `elif` is a condition of its own inside this branch.
        elifs.visit(next.test)
        let inner = elifs.branch(next.body)
        elifs.update(fromBranches: [inner])
      }
      scopes.append(elifs)
      scopes.append(branch(otherwise))
      update(fromBranches: scopes)
    case .macro(let name, _, _): store(name)
    case .callBlock(_, let call, _): visit(call)
    case .filterBlock(let filter, _): visit(filter)
    case .set(let target, let value):
      visit(value)
      visit(target: target)
    case .setBlock(let target, _, _): visit(target: target)
    case .with(let items, _):
      for item in items { visit(item.value) }
    case .include(let template, _, _), .extends(let template): visit(template)
    case .importModule(let template, let target, _):
      visit(template)
      store(target)
    case .importNames(let template, let names, _):
      visit(template)
      for name in names { store(name.alias) }
    case .evaluate(let value): visit(value)
    case .translate(let text):
      for variable in text.variables { visit(variable.value) }
      if let count = text.count { visit(count) }
    case .block, .autoescape, .debug, .breakLoop, .continueLoop: break
    }
  }

  private func branch(_ body: [StatementSyntax]) -> Symbols {
    let result = Symbols(branchOf: self)
    result.visit(body)
    return result
  }

  func visit(target: ExpressionSyntax, asParameter: Bool = false) {
    switch target.kind {
    case .name(let name):
      if asParameter { declareParameter(name) } else { store(name) }
    case .tuple(let items):
      for item in items { visit(target: item, asParameter: asParameter) }
    case .namespaceTarget(let name, _): load(name)
    default: visit(target)
    }
  }

  func visit(_ value: ExpressionSyntax) {
    value.forEachName { load($0) }
  }
}

extension ExpressionSyntax {
  /// Calls the closure for each name that the expression reads, in order.
  func forEachName(_ body: (String) -> Void) {
    if case .name(let name) = kind { return body(name) }
    for child in children { child.forEachName(body) }
  }

  /// The expressions directly inside this one, in the order of evaluation.
  var children: [ExpressionSyntax] {
    switch kind {
    case .constant, .name, .namespaceTarget: []
    case .tuple(let items), .list(let items), .and(let items), .or(let items),
      .concatenation(let items):
      items
    case .dictionary(let items): items.flatMap { [$0.key, $0.value] }
    case .attribute(let value, _): [value]
    case .item(let value, let key): [value, key]
    case .slice(let start, let stop, let step):
      [start, stop, step].compactMap { $0 }
    case .call(let value, let call): [value] + call.expressions
    case .filter(let value, _, let call):
      (value.map { [$0] } ?? []) + call.expressions
    case .test(let value, _, let call): [value] + call.expressions
    case .conditional(let test, let then, let otherwise):
      [test, then] + (otherwise.map { [$0] } ?? [])
    case .not(let value), .negative(let value), .positive(let value): [value]
    case .arithmetic(_, let left, let right): [left, right]
    case .comparison(let first, let rest): [first] + rest.map(\.operand)
    }
  }
}
