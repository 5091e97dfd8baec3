// The variables of one call, and what a whole render shares.

/// The slots of one call of a template, block, macro or recursive loop.
final class Frame {
  let slots: UnsafeMutablePointer<Value?>
  private let count: Int
  /// The frame of the function around this one.
  let parent: Frame?
  let context: Context
  let state: RenderState
  /// The template whose code runs here.
  unowned let template: Template
  /// The template that this one extends, once it is known.
  @exclusivity(unchecked) var extended: Template?

  init(
    slots count: Int, parent: Frame?, context: Context, template: Template
  ) {
    self.count = count
    self.template = template
    slots = .allocate(capacity: count)
    slots.initialize(repeating: nil, count: count)
    self.parent = parent
    self.context = context
    state = context.state
  }

  deinit {
    slots.deinitialize(count: count)
    slots.deallocate()
  }

  /// A frame for a function that this one's function holds.
  func inner(slots count: Int) -> Frame {
    Frame(slots: count, parent: self, context: context, template: template)
  }

  /// Lets go of all variables: macros among them hold on to the frame.
  func clear() {
    for slot in 0..<count { slots[slot] = nil }
    context.own = [:]
  }

  @inline(__always)
  func ancestor(_ steps: Int) -> Frame {
    var frame = self
    for _ in 0..<steps {
      guard let parent = frame.parent else { return frame }
      frame = parent
    }
    return frame
  }
}

/// What all templates of one render share.
final class RenderState {
  let limits: Limits
  @exclusivity(unchecked) private var steps: Int
  @exclusivity(unchecked) private var total: Int
  /// At how many steps left the time is looked at.
  @exclusivity(unchecked) private var checkpoint: Int
  /// Runs from the first time that is looked at: most renders end before.
  private var stopwatch: Stopwatch?
  @exclusivity(unchecked) private var depth = 0
  /// Looked up when calls begin to nest: it costs a system call.
  private lazy var room = StackRoom()
  /// Whether any value seen so far carries marks, so that calls must pass
  /// them on.
  @exclusivity(unchecked) var hasMarks = false
  /// Whether something that hangs on an unknown value may have changed what
  /// the render goes on with: then nothing of the result is known.
  @exclusivity(unchecked) var isPoisoned = false
  /// Copies of lists and dictionaries from outside, made before their first
  /// change.
  @exclusivity(unchecked) private(set) var thawed: [ObjectIdentifier: Thawed] =
    [:]
  @exclusivity(unchecked) private(set) var hasThawed = false
  /// How often a list or a dictionary was asked for to be changed.
  @exclusivity(unchecked) private(set) var changes = 0
  /// Frames that macros hold on to, to be cleared at the end.
  @exclusivity(unchecked) private var held: [Frame] = []
  /// Templates that the render uses, kept alive for its frames.
  private(set) var templates: [Template] = []
  /// Modules that were imported without context.
  @exclusivity(unchecked) var modules: [ObjectIdentifier: ModuleObject] = [:]

  enum Thawed {
    case list(from: ValueList, to: ValueList)
    case dictionary(from: ValueDictionary, to: ValueDictionary)
  }

  init(_ limits: Limits) {
    self.limits = limits
    steps = limits.steps
    total = limits.totalSize
    checkpoint = max(0, steps - Self.interval)
  }

  /// Steps after which the time is looked at, about a millisecond.
  private static let interval = 16_384

  @inline(__always)
  func step() throws {
    steps &-= 1
    if steps < checkpoint { try look() }
  }

  /// Takes many steps at once.
  func step(_ count: Int) throws {
    steps -= min(count, limits.steps + 1)
    if steps < checkpoint { try look() }
  }

  /// Looks at the time soon: what comes may take long, whatever it gives.
  @inline(__always)
  func work() throws {
    checkpoint &+= Self.interval >> 4
    if steps < checkpoint { try look() }
  }

  /// Looks at the time sooner the more there is to read.
  @inline(__always)
  func read(_ value: borrowing Value) throws {
    switch value.payload {
    case .string(let text), .markup(let text):
      if text.utf8.count > 4096 { try work(text.utf8.count) }
    case .list(let list):
      if list.count > 256 { try work(list.count * 16) }
    case .tuple(let items):
      if items.count > 256 { try work(items.count * 16) }
    default: break
    }
  }

  @inline(never)
  private func work(_ size: Int) throws {
    checkpoint += size >> 6
    if steps < checkpoint { try look() }
  }

  /// Ends the render where it made too many steps or computed for too long.
  @inline(never)
  private func look() throws {
    if steps < 0 { throw Limits.reached("more than \(limits.steps) steps") }
    checkpoint = max(0, steps - Self.interval)
    guard let stopwatch else {
      stopwatch = Stopwatch(limit: limits.computing)
      return
    }
    if stopwatch.isOver {
      throw Limits.reached(
        "more than \(limits.computing) milliseconds of computing")
    }
  }

  /// Counts what an operation made, where that is large.
  @inline(__always)
  func charge(_ value: Value) throws {
    switch value.payload {
    case .string(let text), .markup(let text):
      if text.utf8.count > 4096 { try charge(text.utf8.count) }
    case .list(let list):
      if list.count > 256 { try charge(list.count * 32) }
    case .tuple(let items):
      if items.count > 256 { try charge(items.count * 32) }
    case .bigInteger(let number):
      // What it takes to compute with it grows faster than its size.
      let bits = number.bitWidth
      if bits > 4096 { try charge(bits * (bits >> 12)) }
    case .object(let object):
      if let size = (object as? BytesObject)?.bytes.count, size > 4096 {
        try charge(size)
      }
    default: break
    }
  }

  @inline(never)
  private func charge(_ size: Int) throws {
    total -= size
    if total < 0 {
      throw Limits.reached(
        "strings and lists of more than \(limits.totalSize) bytes in all")
    }
    try step(size >> 6)
  }

  /// Goes one call deeper.
  func enter() throws {
    // A call takes about as long as so many turns of a loop.
    try step(10)
    depth += 1
    if depth > limits.recursion {
      throw TemplateError(
        .recursion, "calls nested deeper than the limit of \(limits.recursion)")
    }
    if depth > 8, !room.isEnough {
      throw TemplateError(
        .recursion, "calls nested deeper than the stack holds, \(depth)")
    }
  }

  func leave() { depth -= 1 }

  func hold(_ frame: Frame) {
    if held.last !== frame { held.append(frame) }
  }

  func keep(_ template: Template) { templates.append(template) }

  /// Ends the render.
  func finish() {
    for frame in held { frame.clear() }
    held = []
    modules = [:]
  }

  // MARK: Changing what came from outside

  /// The list to change in place of one that came from outside.
  func changeable(_ list: ValueList) throws -> ValueList {
    changes += 1
    guard list.isFrozen else { return list }
    if case .list(_, let copy) = thawed[ObjectIdentifier(list)] { return copy }
    let copy = ValueList(mutable: try list.elements())
    thawed[ObjectIdentifier(list)] = .list(from: list, to: copy)
    hasThawed = true
    return copy
  }

  /// The dictionary to change in place of one that came from outside.
  func changeable(_ dictionary: ValueDictionary) throws -> ValueDictionary {
    changes += 1
    guard dictionary.isFrozen else { return dictionary }
    if case .dictionary(_, let copy) = thawed[ObjectIdentifier(dictionary)] {
      return copy
    }
    let copy = try ValueDictionary(copying: dictionary)
    thawed[ObjectIdentifier(dictionary)] = .dictionary(
      from: dictionary, to: copy)
    hasThawed = true
    return copy
  }

  /// Arguments with what was changed since in place.
  func current(_ arguments: Arguments) throws -> Arguments {
    guard hasThawed else { return arguments }
    return Arguments(
      try arguments.positional.map(current),
      keywords: try arguments.keywords.map { ($0.name, try current($0.value)) })
  }

  /// The value with what was changed since in place.
  func current(_ value: Value) throws -> Value {
    hasThawed ? try current(value, depth: 0) : value
  }

  /// How far into containers that the render itself made is looked for what
  /// came from outside: this is done whenever a name is read.
  private static let looked = (depth: 4, count: 64)

  private func current(_ value: Value, depth: Int) throws -> Value {
    let isNear = depth < Self.looked.depth
    switch value.payload {
    case .list(let list):
      if case .list(_, let copy) = thawed[ObjectIdentifier(list)] {
        return Value(.list(copy), value.annotation)
      }
      if list.isLazy { return value }
      if !list.isFrozen {
        guard isNear, list.count <= Self.looked.count else { return value }
        if let items = try changed(list.items, depth) { list.items = items }
        return value
      }
      guard let items = try changed(list.items, depth) else { return value }
      let copy = try changeable(list)
      copy.items = items
      return Value(.list(copy), value.annotation)
    case .dictionary(let dictionary):
      if case .dictionary(_, let copy) = thawed[ObjectIdentifier(dictionary)] {
        return Value(.dictionary(copy), value.annotation)
      }
      if dictionary.isLazy { return value }
      if !dictionary.isFrozen {
        guard isNear, dictionary.count <= Self.looked.count else {
          return value
        }
        if let values = try changed(dictionary.values, depth) {
          dictionary.values = values
        }
        return value
      }
      guard let values = try changed(dictionary.values, depth) else {
        return value
      }
      let copy = try changeable(dictionary)
      copy.values = values
      return Value(.dictionary(copy), value.annotation)
    case .tuple(let items):
      guard isNear, items.count <= Self.looked.count,
        let changed = try changed(items, depth)
      else { return value }
      return Value(.tuple(changed), value.annotation)
    case .object(let object as NamespaceObject):
      _ = try current(Value(.dictionary(object.attributes)), depth: depth)
      return value
    default: return value
    }
  }

  /// The members with what was changed since in place; nil where none was.
  private func changed(_ items: [Value], _ depth: Int) throws -> [Value]? {
    var isChanged = false
    let now = try items.map { item in
      let now = try current(item, depth: depth + 1)
      isChanged = isChanged || !now.isSameObject(as: item)
      return now
    }
    return isChanged ? now : nil
  }
}

extension Value {
  /// Whether two values are one list or one dictionary, or tuples of the same;
  /// true for all others.
  func isSameObject(as other: Value) -> Bool {
    switch (payload, other.payload) {
    case (.list(let a), .list(let b)): a === b
    case (.dictionary(let a), .dictionary(let b)): a === b
    case (.tuple(let a), .tuple(let b)):
      a.count == b.count
        && zip(a, b).allSatisfy { $0.isSameObject(as: $1) }
    default: true
    }
  }
}
