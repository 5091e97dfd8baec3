// Turns a syntax tree into code: names become slots, filters become functions.

/// Compiles one template.
struct Compiler {
  let template: Template
  var environment: Environment { template.environment }
  var source: Source { template.source }
  var options: Options { environment.options }

  /// What is known of the place that is being compiled.
  struct Scope {
    var symbols: Symbols
    /// Directly in the template, in no loop, macro or block.
    var isTop = false
    /// At the top and not even inside a condition.
    var isRoot = false
    /// Inside a condition: an unknown filter is an error only when reached.
    var isSoft = false
    /// Whether output may have to be left out since another template is
    /// extended.
    var checksExtends = false
    var inLoop = false
    var escaping = Escaping.Mode.off

    func inner(_ function: FunctionScope? = nil) -> Scope {
      var result = Scope(
        symbols: Symbols(
          parent: symbols, function: function ?? symbols.function))
      result.checksExtends = checksExtends
      result.escaping = escaping
      return result
    }

    func soft() -> Scope {
      var result = self
      result.isSoft = true
      result.isRoot = false
      return result
    }
  }

  /// Whether an `extends` at the root was passed: what follows is not output.
  private(set) var hasKnownExtends = false
  private var extendsSoFar = 0
  private(set) var hasExtends = false
  /// Set by a second `extends` at the root, behind which nothing is reached.
  private var isOver = false

  init(_ template: Template) { self.template = template }

  // MARK: Template

  mutating func compile(
    _ body: [StatementSyntax]
  ) throws -> (root: RootCode, blocks: [String: BlockCode]) {
    var blocks: [(BlockSyntax, Position)] = []
    var names: Set<String> = []
    for statement in body {
      try statement.walk { statement in
        if case .extends = statement.kind { hasExtends = true }
        guard case .block(let block) = statement.kind else { return }
        guard names.insert(block.name).inserted else {
          throw source.error(
            .assertion, "block \(Quoted.repr(block.name)) defined twice",
            at: statement.position)
        }
        blocks.append((block, statement.position))
      }
    }
    let function = FunctionScope(parent: nil)
    var scope = Scope(symbols: Symbols(parent: nil, function: function))
    scope.isTop = true
    scope.isRoot = true
    scope.checksExtends = hasExtends
    scope.escaping = template.escaping
    var selfSlot: Int?
    if UndeclaredSearch.find(["self"], in: body).contains("self") {
      selfSlot = scope.symbols.declareParameter("self").slot
    }
    scope.symbols.visit(body)
    let code = try self.body(body, scope)
    let root = RootCode(
      body: code, slotCount: function.slotCount, selfSlot: selfSlot)

    var compiled: [String: BlockCode] = [:]
    for (block, _) in blocks {
      compiled[block.name] = try self.block(block)
    }
    return (root, compiled)
  }

  private mutating func block(_ syntax: BlockSyntax) throws -> BlockCode {
    let code = BlockCode(syntax.name, template)
    let function = FunctionScope(parent: nil)
    var scope = Scope(symbols: Symbols(parent: nil, function: function))
    scope.escaping = template.escaping
    let special = UndeclaredSearch.find(["self", "super"], in: syntax.body)
    if special.contains("self") {
      code.selfSlot = scope.symbols.declareParameter("self").slot
    }
    if special.contains("super") {
      code.superSlot = scope.symbols.declareParameter("super").slot
    }
    scope.symbols.visit(syntax.body)
    let entries = entries(scope.symbols, isLoop: false)
    code.body = try body(syntax.body, scope)
    code.entries = entries
    code.slotCount = function.slotCount
    return code
  }

  // MARK: Scopes

  /// What the slots of a scope are set to where it begins.
  func entries(_ symbols: Symbols, isLoop: Bool) -> [Entry] {
    symbols.order.compactMap { reference in
      guard reference.function == ObjectIdentifier(symbols.function),
        let load = symbols.loads[reference]
      else { return nil }
      switch load {
      case .parameter: return nil
      case .undefined: return .clear(slot: reference.slot)
      case .resolve(let name):
        // A variable that is only read stays the same in every turn.
        return isLoop && !symbols.stores.contains(name)
          ? nil : .clear(slot: reference.slot)
      case .alias(let outer):
        return .copy(
          slot: reference.slot,
          read(outer, name: "", symbols.parent ?? symbols, symbols.function, 0))
      }
    }
  }

  /// Code that reads a slot.
  func read(
    _ reference: Reference, name: String, _ symbols: Symbols,
    _ function: FunctionScope, _ position: Position
  ) -> ExpressionCode {
    var resolved: String?
    if case .resolve(let name) = symbols.findLoad(reference) { resolved = name }
    let steps = function.depth - reference.depth
    if steps == 0 {
      return LocalNameCode(
        resolved ?? name, reference.slot, resolves: resolved != nil, position)
    }
    return OuterNameCode(
      resolved ?? name, reference.slot, steps: steps,
      resolves: resolved != nil, position)
  }

  func name(
    _ name: String, _ scope: Scope, _ position: Position
  ) -> ExpressionCode {
    guard let reference = scope.symbols.find(name) else {
      // Not analysed: the name can only be one of the context.
      scope.symbols.load(name)
      return self.name(name, scope, position)
    }
    return read(
      reference, name: name, scope.symbols, scope.symbols.function, position)
  }

  /// The slot of a name that is assigned to in this scope.
  func slot(_ name: String, _ scope: Scope) -> Int {
    if let reference = scope.symbols.find(name),
      reference.function == ObjectIdentifier(scope.symbols.function)
    {
      return reference.slot
    }
    scope.symbols.store(name)
    return scope.symbols.find(name)?.slot ?? 0
  }

  func locals(_ scope: Scope) -> LocalsCode {
    LocalsCode(
      names: scope.symbols.storedNames().map { name, reference in
        (
          name,
          read(reference, name: name, scope.symbols, scope.symbols.function, 0)
        )
      })
  }

  // MARK: Statements

  mutating func body(
    _ statements: [StatementSyntax], _ scope: Scope
  ) throws -> Body {
    var codes: [StatementCode] = []
    for statement in statements {
      if isOver { break }
      try append(statement, scope, to: &codes)
    }
    var names: Set<String> = []
    var hasSideEffects = false
    for statement in statements {
      statement.walk { inner in
        switch inner.kind {
        case .set(let target, _), .setBlock(let target, _, _):
          target.forEachName { names.insert($0) }
        default: break
        }
      }
      if statement.hasSideEffects { hasSideEffects = true }
    }
    let stored = names.compactMap { name -> Int? in
      guard let reference = scope.symbols.find(name),
        reference.function == ObjectIdentifier(scope.symbols.function)
      else { return nil }
      return reference.slot
    }
    return Body(codes, stored: stored, hasSideEffects: hasSideEffects)
  }

  private mutating func append(
    _ statement: StatementSyntax, _ scope: Scope,
    to codes: inout [StatementCode]
  ) throws {
    let position = statement.position
    switch statement.kind {
    case .output(let pieces): try output(pieces, position, scope, to: &codes)
    case .forLoop(let loop):
      codes.append(try forLoop(loop, position, scope))
    case .condition(let branches, let otherwise):
      let scope = scope.soft()
      var compiled: [IfCode.Branch] = []
      for branch in branches {
        compiled.append(
          IfCode.Branch(
            test: try expression(branch.test, scope),
            position: branch.position, body: try self.body(branch.body, scope)))
      }
      codes.append(
        IfCode(
          compiled[0].test, compiled[0].body, Array(compiled.dropFirst()),
          try self.body(otherwise, scope), position))
    case .macro(let name, let signature, let inner):
      let macro = try macro(name, signature, inner, position, scope)
      codes.append(
        MacroStatement(
          macro, slot: slot(name, scope), exported: scope.isTop ? name : nil,
          position))
    case .callBlock(let signature, let call, let inner):
      let macro = try macro(nil, signature, inner, position, scope)
      guard let code = try expression(call, scope) as? CallCode else { return }
      codes.append(CallStatement(macro, code, position))
    case .filterBlock(let filter, let inner):
      let block = scope.inner()
      block.symbols.visit(inner)
      block.symbols.visit(filter)
      let text = HandedCode(slot: block.symbols.function.newSlot(), position)
      let code = try self.body(inner, block)
      let result = try expression(filter, block, block: text)
      codes.append(
        FilterBlockCode(
          entries(block.symbols, isLoop: false), code, text, result,
          scope.escaping, position))
    case .set(let target, let value):
      let value = try expression(value, scope)
      codes.append(
        SetCode(
          self.target(target, scope), value, exports(target, scope), position))
    case .setBlock(let target, let filter, let inner):
      var block = scope.inner()
      block.checksExtends = false
      block.symbols.visit(inner)
      if let filter { block.symbols.visit(filter) }
      let entries = entries(block.symbols, isLoop: false)
      let code = try self.body(inner, block)
      var filtered: (text: HandedCode, result: ExpressionCode)?
      if let filter {
        let text = HandedCode(slot: block.symbols.function.newSlot(), position)
        filtered = (text, try expression(filter, block, block: text))
      }
      codes.append(
        SetBlockCode(
          self.target(target, scope), entries, code, filtered,
          exports(target, scope), scope.escaping, position))
    case .with(let items, let inner):
      let block = scope.inner()
      for item in items {
        block.symbols.visit(target: item.target, asParameter: true)
      }
      block.symbols.visit(inner)
      var compiled: [(target: TargetCode, value: ExpressionCode)] = []
      for item in items {
        compiled.append(
          (
            self.target(item.target, block),
            try expression(item.value, scope)
          ))
      }
      let entries = entries(block.symbols, isLoop: false)
      codes.append(
        WithCode(entries, compiled, try self.body(inner, block), position))
    case .include(let template, let ignoresMissing, let withContext):
      codes.append(
        IncludeStatement(
          try expression(template, scope), ignoresMissing: ignoresMissing,
          locals: withContext ? locals(scope) : nil, position))
    case .importModule(let template, let target, let withContext):
      codes.append(
        ImportStatement(
          try expression(template, scope),
          .module(slot: slot(target, scope), name: target),
          locals: withContext ? locals(scope) : nil, isAtTop: scope.isTop,
          position))
    case .importNames(let template, let names, let withContext):
      codes.append(
        ImportStatement(
          try expression(template, scope),
          .names(names.map { ($0.name, $0.alias, slot($0.alias, scope)) }),
          locals: withContext ? locals(scope) : nil, isAtTop: scope.isTop,
          position))
    case .extends(let template):
      guard scope.isTop else {
        throw source.error(
          .assertion, "cannot use extend from a non top-level scope",
          at: position)
      }
      codes.append(
        ExtendsStatement(try expression(template, scope), position))
      if hasKnownExtends { isOver = true }
      if scope.isRoot { hasKnownExtends = true }
      extendsSoFar += 1
    case .block(let block):
      if scope.isTop && hasKnownExtends { return }
      codes.append(
        BlockStatement(
          block.name, isRequired: block.isRequired,
          locals: block.isScoped ? locals(scope) : nil,
          checksExtends: scope.isTop && extendsSoFar > 0, position))
    case .autoescape(let flag, let inner):
      var block = scope.inner()
      block.symbols.visit(flag)
      block.symbols.visit(inner)
      let entries = entries(block.symbols, isLoop: false)
      let flag = try expression(flag, block)
      if block.escaping != .dynamic {
        let known = flag.constant.flatMap { try? $0.truth() }
        block.escaping = known.map { $0 ? .on : .off } ?? .dynamic
      }
      codes.append(
        AutoescapeCode(entries, flag, try self.body(inner, block), position))
    case .evaluate(let value):
      codes.append(
        EvaluateCode(try expression(value, scope), position))
    case .translate(let text):
      var variables: [(name: String, value: ExpressionCode)] = []
      for (name, value) in text.variables {
        variables.append((name, try expression(value, scope)))
      }
      codes.append(
        TranslateCode(
          variables, singular: text.singular, plural: text.plural,
          count: try text.count.map { try expression($0, scope) }, position))
    case .debug: codes.append(DebugCode(position))
    case .breakLoop, .continueLoop:
      guard scope.inLoop else {
        let name =
          if case .breakLoop = statement.kind { "break" } else { "continue" }
        throw source.error(
          .syntax, "'\(name)' outside loop", at: position)
      }
      let flow: Flow =
        if case .breakLoop = statement.kind { .breakLoop } else {
          .continueLoop
        }
      codes.append(BreakCode(flow, position))
    }
  }

  private mutating func output(
    _ pieces: [OutputSyntax], _ position: Position, _ scope: Scope,
    to codes: inout [StatementCode]
  ) throws {
    if scope.checksExtends && hasKnownExtends { return }
    var pieceCodes: [StatementCode] = []
    let isPlain = environment.finalize == nil && scope.escaping == .off
    for piece in pieces {
      switch piece {
      case .text(let text, let position):
        pieceCodes.append(TextCode(text, position))
      case .expression(let value):
        let code = try expression(value, scope)
        if isPlain, options.native == .off, let constant = code.constant,
          let text = try? constant.str()
        {
          pieceCodes.append(TextCode(text, value.position))
        } else {
          pieceCodes.append(
            PrintCode(
              code, isPlain: isPlain, scope.escaping, value.position))
        }
      }
    }
    if scope.checksExtends {
      codes.append(
        UnextendedCode(
          Body(pieceCodes), steps: scope.symbols.function.depth, position))
    } else {
      codes += pieceCodes
    }
  }

  func target(_ target: ExpressionSyntax, _ scope: Scope) -> TargetCode {
    switch target.kind {
    case .name(let name): .slot(slot(name, scope))
    case .tuple(let items): .tuple(items.map { self.target($0, scope) })
    case .namespaceTarget(let name, let attribute):
      .namespace(
        self.name(name, scope, target.position), attribute: attribute)
    default: .tuple([])
    }
  }

  private func exports(_ target: ExpressionSyntax, _ scope: Scope) -> Exports {
    guard scope.isTop else { return Exports() }
    var exports = Exports()
    target.forEachName { name in
      exports.names.append((name, slot(name, scope)))
    }
    return exports
  }

  // MARK: Loops

  private mutating func forLoop(
    _ loop: ForSyntax, _ position: Position, _ scope: Scope
  ) throws -> StatementCode {
    let outer = scope.symbols.function
    let function = loop.isRecursive ? FunctionScope(parent: outer) : outer
    var body = scope.inner(function)
    body.inLoop = true
    let test = scope.inner(function)
    var otherwise = scope.inner(function)
    otherwise.inLoop = scope.inLoop && !loop.isRecursive
    try rejectLoopTarget(loop, position)
    let isExtended =
      loop.isRecursive
      || UndeclaredSearch.find(["loop"], in: loop.body).contains("loop")
      || hasScopedBlock(loop)
    var loopSlot: Int?
    if isExtended {
      loopSlot = body.symbols.declareParameter("loop").slot
    }
    body.symbols.visit(target: loop.target, asParameter: true)
    body.symbols.visit(loop.body)
    otherwise.symbols.visit(loop.otherwise)
    let sequence = try expression(loop.sequence, scope)
    let target = self.target(loop.target, body)
    var testCode: ExpressionCode?
    var testEntries: [Entry] = []
    var testTarget: TargetCode?
    if let syntax = loop.test {
      test.symbols.visit(target: loop.target, asParameter: true)
      test.symbols.visit(syntax)
      testEntries = entries(test.symbols, isLoop: false)
      testTarget = self.target(loop.target, test)
      testCode = try expression(syntax, test)
    }
    let entries = entries(body.symbols, isLoop: true)
    let code = try self.body(loop.body, body)
    let parts = ForCode.Parts(
      target: target, sequence: sequence, test: testCode,
      testTarget: testTarget, testEntries: testEntries, loopSlot: loopSlot,
      entries: entries, body: code,
      otherwiseEntries: self.entries(otherwise.symbols, isLoop: false),
      otherwise: try self.body(loop.otherwise, otherwise))
    if loop.isRecursive {
      return RecursiveForCode(
        sequence, parts, slotCount: function.slotCount, scope.escaping,
        position)
    }
    return ForCode(parts, position)
  }

  private func rejectLoopTarget(
    _ loop: ForSyntax, _ position: Position
  ) throws {
    let statement = StatementSyntax(kind: .forLoop(loop), position: position)
    try statement.walk { inner in
      for target in inner.targets {
        try target.walk { part in
          if case .name("loop") = part.kind {
            throw source.error(
              .assertion,
              "Can't assign to special loop variable in for-loop target",
              at: part.position)
          }
        }
      }
    }
  }

  private func hasScopedBlock(_ loop: ForSyntax) -> Bool {
    var found = false
    for statement in loop.body + loop.otherwise {
      statement.walk {
        if case .block(let block) = $0.kind, block.isScoped { found = true }
      }
    }
    return found
  }

  // MARK: Macros

  private mutating func macro(
    _ name: String?, _ signature: SignatureSyntax, _ body: [StatementSyntax],
    _ position: Position, _ scope: Scope
  ) throws -> MacroCode {
    let function = FunctionScope(parent: scope.symbols.function)
    var inner = scope.inner(function)
    inner.checksExtends = false
    let names = signature.names.map(\.name)
    for name in names { inner.symbols.declareParameter(name) }
    let special = UndeclaredSearch.find(
      ["caller", "kwargs", "varargs"], in: body)
    var callerSlot: Int?
    if special.contains("caller") {
      if let at = names.firstIndex(of: "caller") {
        if at < names.count - signature.defaults.count {
          throw source.error(
            .assertion,
            "When defining macros or call blocks the special \"caller\""
              + " argument must be omitted or be given a default.",
            at: position)
        }
      } else {
        callerSlot = inner.symbols.declareParameter("caller").slot
      }
    }
    func slot(of name: String) -> Int? {
      guard special.contains(name), !names.contains(name) else { return nil }
      return inner.symbols.declareParameter(name).slot
    }
    let keywordsSlot = slot(of: "kwargs")
    let positionalSlot = slot(of: "varargs")
    for fallback in signature.defaults { inner.symbols.visit(fallback) }
    inner.symbols.visit(body)
    let first = names.count - signature.defaults.count
    var parameters: [(name: String, slot: Int, fallback: ExpressionCode?)] = []
    for (place, name) in names.enumerated() {
      let fallback =
        place >= first
        ? try expression(signature.defaults[place - first], inner) : nil
      parameters.append((name, self.slot(name, inner), fallback))
    }
    let entries = entries(inner.symbols, isLoop: false)
    let code = try self.body(body, inner)
    return MacroCode(
      name: name, position: position,
      end: StatementSyntax.end(of: body) ?? position, parameters: parameters,
      callerSlot: callerSlot,
      keywordsSlot: keywordsSlot, positionalSlot: positionalSlot,
      entries: entries, body: code, slotCount: function.slotCount)
  }
}

/// The code of a template's own function.
struct RootCode {
  var body: Body
  var slotCount: Int
  var selfSlot: Int?
}
