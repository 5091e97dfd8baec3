// What a loop goes through: all at once where that makes no difference, else
// member by member, as Python does.

final class LoopSource {
  private let state: RenderState
  /// The members so far; those behind `at` are still to come.
  private var items: [Value]
  /// Makes further members; nil where all are there.
  private let pull: (() throws -> Value?)?
  /// The list or dictionary that the loop may change under itself.
  private let live: Value?
  /// That list once it has changed: it is read in place, since a copy of its
  /// members would be made anew at each change.
  private var changed: ValueList?
  /// The members before the current place and at it, in such a list.
  private var before: Value?
  private var current: Value?
  private var changes: Int
  private var knownCount: Int?
  /// The place of the current member; -1 before the first.
  var at = -1

  /// Goes through a value.
  ///
  /// - Throws: ``TemplateError`` of kind `TypeError` for what cannot be
  ///   iterated.
  init(_ sequence: Value, _ state: RenderState) throws {
    self.state = state
    changes = state.changes
    switch sequence.payload {
    case .object(let object):
      if !state.hasMarks, object is IteratorObject,
        let next = try object.iterate()
      {
        items = []
        pull = next
        live = nil
        return
      }
      items = try sequence.members()
      live = (object as? DictionaryView)?.source
    case .list:
      items = try sequence.members()
      live = sequence
      pull = nil
      return
    case .dictionary:
      items = try sequence.members()
      live = sequence
    default:
      items = try sequence.members()
      live = nil
    }
    pull = nil
    knownCount = items.count
  }

  /// Goes on behind a place in a value that changed since a loop over it began,
  /// when it had `count` members.
  convenience init(
    _ sequence: Value, _ state: RenderState, from place: Int, of count: Int
  ) throws {
    if case .dictionary = sequence.payload {
      try Self.check(sequence, count: count, state)
    }
    try self.init(try state.current(sequence), state)
    at = place
  }

  /// Goes through these members.
  init(_ items: [Value], _ state: RenderState) {
    self.items = items
    self.state = state
    pull = nil
    live = nil
    changes = state.changes
  }

  /// Goes through what a closure makes.
  init(pulling state: RenderState, _ next: @escaping () throws -> Value?) {
    items = []
    self.state = state
    pull = next
    live = nil
    changes = state.changes
  }

  /// The members as a closure.
  func iterator() -> () throws -> Value? { { [self] in try advance() } }

  /// Goes on to the next member; nil behind the last.
  func advance() throws -> Value? {
    guard let item = try member(at + 1) else { return nil }
    at += 1
    if changed != nil { (before, current) = (current, item) }
    return item
  }

  /// The member before the current one; nil for the first.
  var previous: Value? {
    guard at > 0 else { return nil }
    return changed == nil ? items[at - 1] : before
  }

  /// The member behind the current one; nil for the last.
  func following() throws -> Value? { try member(at + 1) }

  /// How many members there are, as Python counts them when first asked.
  func count() throws -> Int {
    if let knownCount { return knownCount }
    if let pull { while let item = try pull() { items.append(item) } }
    if state.changes != changes { try refresh() }
    let count = changed?.count ?? items.count
    knownCount = count
    return count
  }

  private func member(_ place: Int) throws -> Value? {
    if state.changes != changes { try refresh() }
    if let changed {
      return place < changed.count ? try changed.element(at: place) : nil
    }
    if place < items.count { return items[place] }
    guard let pull, let item = try pull() else { return nil }
    items.append(item)
    return item
  }

  private func refresh() throws {
    changes = state.changes
    guard let live else { return }
    if case .list = live.payload {
      guard case .list(let list) = try state.current(live).payload else {
        return
      }
      if changed == nil {
        before = at > 0 ? items[at - 1] : nil
        current = at >= 0 && at < items.count ? items[at] : nil
        items = []
      }
      changed = list
    } else {
      try Self.check(live, count: items.count, state)
    }
  }

  /// Throws where a dictionary has not as many members as when a loop over it
  /// began.
  static func check(_ value: Value, count: Int, _ state: RenderState) throws {
    guard let now = try state.current(value).dictionary, now.count != count
    else { return }
    throw TemplateError(
      .init("RuntimeError"), "dictionary changed size during iteration")
  }
}
