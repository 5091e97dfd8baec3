// Compiled loops.

final class ForCode: StatementCode {
  /// What a loop is made of.
  final class Parts {
    let target: TargetCode
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

  init(_ parts: Parts, _ position: Position) {
    self.parts = parts
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    let items: [Value]
    do {
      let sequence = try parts.sequence.evaluate(frame)
      if let pairs = pairs(sequence) {
        return try run(pairs, frame, &out)
      }
      items = try Self.select(try sequence.members(), parts, frame)
    } catch is UnknownValue {
      try parts.body.skip(frame, &out)
      try parts.otherwise.skip(frame, &out)
      return .next
    } catch {
      throw locate(error, frame)
    }
    return try Self.loop(over: items, parts, frame, nil, &out, self)
  }

  /// The dictionary of `for key, value in dictionary.items()`, where nothing
  /// asks for the pairs themselves.
  private func pairs(_ sequence: Value) -> ValueDictionary? {
    guard parts.loopSlot == nil, parts.test == nil, !sequence.isMarked,
      case .tuple(let targets) = parts.target, targets.count == 2,
      case .object(let object) = sequence.payload,
      let view = object as? DictionaryView
    else { return nil }
    return view.pairs
  }

  private func run(
    _ pairs: ValueDictionary, _ frame: Frame, _ out: inout Output
  ) throws -> Flow {
    guard case .tuple(let targets) = parts.target, !pairs.isEmpty else {
      try Entry.run(parts.otherwiseEntries, frame)
      return try parts.otherwise.run(frame, &out)
    }
    let keys = pairs.keys
    let values = try pairs.elements()
    var isUnfinished = true
    for at in keys.indices {
      try frame.state.step()
      try targets[0].assign(keys[at], frame)
      try targets[1].assign(values[at], frame)
      try Entry.run(parts.entries, frame)
      let flow = try parts.body.run(frame, &out)
      if flow == .next { isUnfinished = false }
      if flow == .breakLoop { break }
    }
    if isUnfinished {
      try Entry.run(parts.otherwiseEntries, frame)
      return try parts.otherwise.run(frame, &out)
    }
    return .next
  }

  static func select(
    _ items: [Value], _ parts: Parts, _ frame: Frame
  ) throws -> [Value] {
    guard let test = parts.test, let target = parts.testTarget else {
      return items
    }
    try Entry.run(parts.testEntries, frame)
    var result: [Value] = []
    for item in items {
      try frame.state.step()
      try target.assign(item, frame)
      if try test.truth(frame) { result.append(item) }
    }
    return result
  }

  static func loop(
    over items: [Value], _ parts: Parts, _ frame: Frame,
    _ recursion: RecursiveLoop?, _ out: inout Output, _ code: StatementCode
  ) throws -> Flow {
    if items.isEmpty {
      try Entry.run(parts.otherwiseEntries, frame)
      return try parts.otherwise.run(frame, &out)
    }
    var loop: LoopObject?
    if let slot = parts.loopSlot {
      let made = LoopObject(
        items, recursion, frame.context.environment.options.undefined)
      frame.slots[slot] = Value(made)
      loop = made
    }
    let state = frame.state
    let body = parts.body
    let target = parts.target
    let hasEntries = !parts.entries.isEmpty
    // As in Jinja2, `else` is also for a loop no turn of which came to its
    // end, since `break` or `continue` cut each short.
    var isUnfinished = true
    for at in 0..<items.count {
      try state.step()
      if let loop { loop.at = at }
      if case .slot(let slot) = target {
        frame.slots[slot] = items[at]
      } else {
        do {
          try target.assign(items[at], frame)
        } catch {
          throw code.locate(error, frame)
        }
      }
      if hasEntries { try Entry.run(parts.entries, frame) }
      let flow = try body.run(frame, &out)
      if flow == .next { isUnfinished = false }
      if flow == .breakLoop { break }
    }
    if isUnfinished {
      try Entry.run(parts.otherwiseEntries, frame)
      return try parts.otherwise.run(frame, &out)
    }
    return .next
  }
}

/// A loop marked `recursive`: its body is a function of its own.
final class RecursiveForCode: StatementCode {
  let sequence: ExpressionCode
  let parts: ForCode.Parts
  let slotCount: Int

  /// Makes the loop; the sequence in `parts` is not used.
  init(
    _ sequence: ExpressionCode, _ parts: ForCode.Parts, slotCount: Int,
    _ position: Position
  ) {
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
    let items = try ForCode.select(try value.members(), code.parts, inner)
    var out = Output(isNative: isNative)
    _ = try ForCode.loop(over: items, code.parts, inner, self, &out, code)
    return try out.markupValue(frame.context)
  }

  func deeper() -> RecursiveLoop {
    RecursiveLoop(code, frame, depth: depth + 1, isNative: isNative)
  }
}
