// Compiled loops.

final class ForCode: StatementCode {
  struct Parts {
    var target: TargetCode
    var sequence: ExpressionCode
    var test: ExpressionCode?
    /// The target where the test sees it.
    var testTarget: TargetCode?
    var testEntries: [Entry]
    /// The slot of `loop` where the body asks for it.
    var loopSlot: Int?
    var entries: [Entry]
    var body: Body
    var otherwiseEntries: [Entry]
    var otherwise: Body
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
    for at in items.indices {
      try state.step()
      loop?.at = at
      do {
        try parts.target.assign(items[at], frame)
      } catch {
        throw code.locate(error, frame)
      }
      if !parts.entries.isEmpty { try Entry.run(parts.entries, frame) }
      if try parts.body.run(frame, &out) == .breakLoop { break }
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
