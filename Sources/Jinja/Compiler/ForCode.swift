// Compiled loops.

final class ForCode: StatementCode {
  /// What a loop is made of.
  final class Parts {
    let target: TargetCode
    /// The slot of a target that is one name.
    let slot: Int?
    let sequence: ExpressionCode
    let test: ExpressionCode?
    /// The target where the test sees it.
    let testTarget: TargetCode?
    let testEntries: [Entry]
    /// The slot of `loop` where the body asks for it.
    let loopSlot: Int?
    let entries: [Entry]
    let body: Body
    let otherwiseEntries: [Entry]
    let otherwise: Body

    init(
      target: TargetCode, sequence: ExpressionCode, test: ExpressionCode?,
      testTarget: TargetCode?, testEntries: [Entry], loopSlot: Int?,
      entries: [Entry], body: Body, otherwiseEntries: [Entry], otherwise: Body
    ) {
      self.target = target
      if case .slot(let slot) = target { self.slot = slot } else { slot = nil }
      self.sequence = sequence
      self.test = test
      self.testTarget = testTarget
      self.testEntries = testEntries
      self.loopSlot = loopSlot
      self.entries = entries
      self.body = body
      self.otherwiseEntries = otherwiseEntries
      self.otherwise = otherwise
    }
  }

  private let parts: Parts
  /// What is gone through as keys and values where nothing asks for the pairs
  /// themselves: their slots, and a `dictsort` taken apart.
  private let pair: (key: Int, value: Int)?
  private let sorted: (filter: FilterCode, base: ExpressionCode)?
  private let orders = KeyOrder.Memo()

  init(_ parts: Parts, _ position: Position) {
    self.parts = parts
    if parts.loopSlot == nil, parts.test == nil,
      case .tuple(let targets) = parts.target, targets.count == 2,
      case .slot(let key) = targets[0], case .slot(let value) = targets[1]
    {
      pair = (key, value)
      let filter = parts.sequence as? FilterCode
      sorted = filter.flatMap { filter in
        filter.sortedBase.map { (filter, $0) }
      }
    } else {
      pair = nil
      sorted = nil
    }
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    let source: LoopSource
    do {
      let sequence: Value
      if let pair, let sorted {
        let value = try sorted.base.evaluate(frame)
        if !value.isMarked, case .dictionary(let dictionary) = value.payload,
          let order = orders.order(of: dictionary)
        {
          try frame.state.step()
          return try run(dictionary, order, isLive: false, pair, frame, &out)
        }
        sequence = try sorted.filter.apply(to: value, frame)
      } else {
        switch try parts.sequence.loopMembers(frame) {
        case .of(let value): sequence = value
        case .fresh(let items):
          if parts.test == nil, parts.loopSlot == nil {
            return try Self.loop(over: items, of: nil, parts, frame, &out, self)
          }
          sequence = .fresh(items)
        }
        if let pair, !sequence.isMarked,
          case .object(let object) = sequence.payload,
          let dictionary = (object as? DictionaryView)?.pairs
        {
          return try run(dictionary, nil, isLive: true, pair, frame, &out)
        }
      }
      if parts.test == nil, parts.loopSlot == nil {
        switch sequence.payload {
        case .list, .tuple, .dictionary:
          return try Self.loop(
            over: try sequence.members(), of: sequence, parts, frame, &out, self
          )
        default: break
        }
      }
      source = try Self.source(sequence, parts, frame)
    } catch is UnknownValue {
      try parts.body.skip(frame, &out)
      try parts.otherwise.skip(frame, &out)
      return .next
    } catch {
      throw locate(error, frame)
    }
    return try Self.loop(over: source, parts, frame, nil, &out, self)
  }

  /// Goes through the entries of a dictionary, in an order; `isLive` where
  /// Python would notice that the dictionary changes.
  private func run(
    _ dictionary: ValueDictionary, _ order: [Int]?, isLive: Bool,
    _ pair: (key: Int, value: Int), _ frame: Frame, _ out: inout Output
  ) throws -> Flow {
    let keys = dictionary.keys
    let values = try dictionary.elements()
    let state = frame.state
    let changes = state.changes
    let hasEntries = !parts.entries.isEmpty
    var isUnfinished = true
    for turn in 0..<keys.count {
      let at = order?[turn] ?? turn
      try state.step()
      frame.slots[pair.key] = keys[at]
      frame.slots[pair.value] = values[at]
      if hasEntries { try Entry.run(parts.entries, frame) }
      let flow = try parts.body.run(frame, &out)
      try out.checkSize(state.limits)
      if flow == .next { isUnfinished = false }
      if flow == .breakLoop { break }
      if isLive, state.changes != changes {
        try LoopSource.check(
          Value(.dictionary(dictionary)), count: keys.count, state)
      }
    }
    if isUnfinished {
      try Entry.run(parts.otherwiseEntries, frame)
      return try parts.otherwise.run(frame, &out)
    }
    return .next
  }

  /// What a loop over a value goes through: only what its test lets pass.
  static func source(
    _ sequence: Value, _ parts: Parts, _ frame: Frame
  ) throws -> LoopSource {
    guard let test = parts.test, let target = parts.testTarget else {
      return try LoopSource(sequence, frame.state)
    }
    func passes(_ item: Value) throws -> Bool {
      try frame.state.step()
      do {
        try target.assign(item, frame)
        return try test.truth(frame)
      } catch let error as TemplateError {
        throw frame.template.source.place(error, at: test.position)
      }
    }
    try Entry.run(parts.testEntries, frame)
    if frame.state.hasMarks {
      // Whether anything is unknown has to be known before the first turn.
      return LoopSource(try sequence.members().filter(passes), frame.state)
    }
    let next = try LoopSource(sequence, frame.state).iterator()
    return LoopSource(pulling: frame.state) {
      while let item = try next() {
        if try passes(item) { return item }
      }
      return nil
    }
  }

  /// Runs the loop over what can only be gone through from outside; nothing
  /// changes its members where there is no `sequence`.
  private static func loop(
    over items: [Value], of sequence: Value?, _ parts: Parts, _ frame: Frame,
    _ out: inout Output, _ code: StatementCode
  ) throws -> Flow {
    let state = frame.state
    let changes = state.changes
    var isUnfinished = true
    var at = 0
    while at < items.count {
      let flow = try turn(items[at], parts, frame, &out, code)
      if flow == .next { isUnfinished = false }
      if flow == .breakLoop { break }
      if state.changes != changes, let sequence {
        let rest = try LoopSource(sequence, state, from: at, of: items.count)
        return try loop(
          over: rest, parts, frame, nil, &out, code, isUnfinished: isUnfinished)
      }
      at += 1
    }
    if isUnfinished {
      try Entry.run(parts.otherwiseEntries, frame)
      return try parts.otherwise.run(frame, &out)
    }
    return .next
  }

  /// Runs the loop.
  ///
  /// As in Jinja2, `else` is also for a loop no turn of which came to its end,
  /// since `break` or `continue` cut each short.
  static func loop(
    over source: LoopSource, _ parts: Parts, _ frame: Frame,
    _ recursion: RecursiveLoop?, _ out: inout Output, _ code: StatementCode,
    isUnfinished: Bool = true
  ) throws -> Flow {
    var isUnfinished = isUnfinished
    func next() throws -> Value? {
      do {
        return try source.advance()
      } catch {
        throw code.locate(error, frame)
      }
    }
    var item = try next()
    if item != nil, let slot = parts.loopSlot {
      frame.slots[slot] = Value(
        LoopObject(
          source, recursion, frame.context.environment.options.undefined))
    }
    while let current = item {
      let flow = try turn(current, parts, frame, &out, code)
      if flow == .next { isUnfinished = false }
      if flow == .breakLoop { break }
      item = try next()
    }
    if isUnfinished {
      try Entry.run(parts.otherwiseEntries, frame)
      return try parts.otherwise.run(frame, &out)
    }
    return .next
  }

  @inline(__always)
  private static func turn(
    _ item: Value, _ parts: Parts, _ frame: Frame, _ out: inout Output,
    _ code: StatementCode
  ) throws -> Flow {
    try frame.state.step()
    if let slot = parts.slot {
      frame.slots[slot] = item
    } else {
      do {
        try parts.target.assign(item, frame)
      } catch {
        throw code.locate(error, frame)
      }
    }
    if !parts.entries.isEmpty { try Entry.run(parts.entries, frame) }
    let flow = try parts.body.run(frame, &out)
    try out.checkSize(frame.state.limits)
    return flow
  }
}

/// A loop marked `recursive`: its body is a function of its own.
final class RecursiveForCode: StatementCode {
  let sequence: ExpressionCode
  let parts: ForCode.Parts
  let slotCount: Int
  let escaping: Escaping.Mode

  /// Makes the loop; the sequence in `parts` is not used.
  init(
    _ sequence: ExpressionCode, _ parts: ForCode.Parts, slotCount: Int,
    _ escaping: Escaping.Mode, _ position: Position
  ) {
    self.escaping = escaping
    self.sequence = sequence
    self.parts = parts
    self.slotCount = slotCount
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    do {
      let value = try sequence.evaluate(frame)
      let loop = RecursiveLoop(self, frame, depth: 0, isNative: out.isNative)
      try out.write(try loop.render(value))
    } catch is UnknownValue {
      try parts.body.skip(frame, &out)
    } catch {
      throw locate(error, frame)
    }
    return .next
  }
}

/// What `loop(items)` calls inside a recursive loop.
final class RecursiveLoop {
  private let code: RecursiveForCode
  private let frame: Frame
  let depth: Int
  private let isNative: Bool

  init(_ code: RecursiveForCode, _ frame: Frame, depth: Int, isNative: Bool) {
    self.code = code
    self.frame = frame
    self.depth = depth
    self.isNative = isNative
  }

  func render(_ value: Value) throws -> Value {
    try frame.state.enter()
    defer { frame.state.leave() }
    let inner = frame.inner(slots: code.slotCount)
    let source = try ForCode.source(value, code.parts, inner)
    var out = Output(isNative: isNative)
    _ = try ForCode.loop(over: source, code.parts, inner, self, &out, code)
    return try out.markupValue(
      frame.context, code.escaping.isOn(frame.context))
  }

  func deeper() -> RecursiveLoop {
    RecursiveLoop(code, frame, depth: depth + 1, isNative: isNative)
  }
}
