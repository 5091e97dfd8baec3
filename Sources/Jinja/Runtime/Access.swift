// Truth, length, iteration, membership, items and slices of values.

extension Value {
  /// Python's truth.
  ///
  /// - Throws: ``UnknownValue`` where it hangs on an unknown value.
  public func truth() throws -> Bool {
    switch payload {
    case .bool(let value): return value
    case .none: return false
    case .integer(let value): return value != 0
    case .bigInteger: return true
    case .float(let value): return value != 0
    case .string(let text), .markup(let text):
      if hasUnknownPart, let annotation {
        guard let spans = annotation.spans,
          spans.reduce(0, { $0 + $1.range.count }) < text.utf8.count
        else { throw UnknownValue() }
        return true
      }
      return !text.isEmpty
    case .list(let list): return !list.isEmpty
    case .tuple(let items): return !items.isEmpty
    case .dictionary(let dictionary): return !dictionary.isEmpty
    case .function: return true
    case .object(let object): return try object.truth()
    case .undefined(let undefined):
      try undefined.requireDefault()
      return false
    case .unknown: throw UnknownValue()
    }
  }

  /// Python's `len()`; nil where the value has none.
  public func length() throws -> Int? {
    switch payload {
    case .string(let text), .markup(let text):
      if hasUnknownPart { throw UnknownValue() }
      return text.utf8.count < 16 || !text.utf8.allSatisfy({ $0 < 0x80 })
        ? text.unicodeScalars.count : text.utf8.count
    case .list(let list): return list.count
    case .tuple(let items): return items.count
    case .dictionary(let dictionary): return dictionary.count
    case .object(let object): return try object.length()
    case .undefined(let undefined):
      try undefined.requireDefault()
      return 0
    case .unknown: throw UnknownValue()
    default: return nil
    }
  }

  /// The members that a Python `for` goes through, all at once.
  ///
  /// - Throws: ``TemplateError`` of kind `TypeError` for what cannot be
  ///   iterated.
  public func members() throws -> [Value] {
    let items: [Value]
    switch payload {
    case .list(let list): items = try list.elements()
    case .tuple(let members): items = members
    case .dictionary(let dictionary): items = dictionary.keys
    case .string(let text), .markup(let text):
      if hasUnknownPart { throw UnknownValue() }
      return characters(text)
    case .object(let object):
      guard let next = try object.iterate() else { throw notIterable }
      var result: [Value] = []
      while let value = try next() { result.append(value) }
      items = result
    case .undefined(let undefined):
      try undefined.requireDefault()
      return []
    case .unknown: throw UnknownValue()
    default: throw notIterable
    }
    let own = marks
    return own.isEmpty ? items : items.map { $0.marked(own) }
  }

  /// A function that yields the members one by one.
  func iterator() throws -> () throws -> Value? {
    if case .object(let object) = payload, let next = try object.iterate() {
      let own = marks
      return own.isEmpty ? next : { try next()?.marked(own) }
    }
    if case .list(let list) = payload {
      // A list may grow while it is gone through.
      var at = 0
      let own = marks
      return {
        guard at < list.count else { return nil }
        defer { at += 1 }
        return try list.element(at: at).marked(own)
      }
    }
    var items = try members()[...]
    return { items.popFirst() }
  }

  private func characters(_ text: String) -> [Value] {
    if isMarked {
      var offset = 0
      return text.unicodeScalars.map { scalar in
        defer { offset += scalar.utf8Width }
        let part = slice(offset..<(offset + scalar.utf8Width))
        return Value(.string(part.text ?? ""), part.annotation)
      }
    }
    return text.unicodeScalars.map { Value(String($0)) }
  }

  var notIterable: TemplateError {
    TemplateError(.type, "'\(typeName)' object is not iterable")
  }

  var isIterable: Bool {
    switch payload {
    case .string, .markup, .list, .tuple, .dictionary, .undefined: true
    case .object(let object): object.isIterable
    default: false
    }
  }

  /// Python's `needle in self`.
  func contains(_ needle: Value) throws -> Bool {
    switch payload {
    case .string(let text), .markup(let text):
      if needle.isUnknown || hasUnknownPart || needle.hasUnknownPart {
        throw UnknownValue()
      }
      guard let part = needle.text else {
        if case .undefined(let undefined) = needle.payload,
          undefined.policy == .chainableStrict
        {
          throw undefined.error
        }
        throw TemplateError(
          .type,
          "'in <string>' requires string as left operand, not"
            + " \(needle.typeName)")
      }
      return PythonText.find(part, in: text) != nil
    case .dictionary(let dictionary):
      return try dictionary.position(of: needle) != nil
    case .list, .tuple:
      for item in try sequence() ?? [] where try item.isEqual(to: needle) {
        return true
      }
      return false
    case .object(let object):
      if let answer = try object.contains(needle) { return answer }
      guard let next = try object.iterate() else { break }
      while let item = try next() {
        if try item.isEqual(to: needle) { return true }
      }
      return false
    case .undefined(let undefined):
      try undefined.requireDefault()
      return false
    case .unknown: throw UnknownValue()
    default: break
    }
    throw TemplateError(
      .type, "argument of type '\(typeName)' is not iterable")
  }

  /// The position that an index stands for; nil where it is out of range.
  static func position(_ index: Int, in count: Int) -> Int? {
    let at = index < 0 ? index + count : index
    return at >= 0 && at < count ? at : nil
  }

  /// Python's `self[key]`; nil where there is no such item or the value has
  /// none at all.
  func subscripted(_ key: Value) throws -> Value? {
    switch payload {
    case .dictionary(let dictionary):
      switch key.payload {
      case .list, .dictionary: return nil
      default:
        do {
          return try dictionary.value(forKey: key)
        } catch let error as TemplateError where error.kind == .type {
          // What cannot be a key is none of a dictionary's.
          return nil
        }
      }
    case .list(let list):
      guard let index = key.integer,
        let at = Value.position(index, in: list.count)
      else { return nil }
      return try list.element(at: at)
    case .tuple(let items):
      guard let index = key.integer,
        let at = Value.position(index, in: items.count)
      else { return nil }
      return items[at]
    case .string(let text), .markup(let text):
      guard let index = key.integer else { return nil }
      if hasUnknownPart { throw UnknownValue() }
      let (count, isASCII) = PythonText.measure(text)
      guard let at = Value.position(index, in: count) else { return nil }
      if isASCII { return slice(at..<(at + 1)) }
      let scalars = text.unicodeScalars
      let start = scalars.index(scalars.startIndex, offsetBy: at)
      let offset = text.utf8.distance(from: text.startIndex, to: start)
      return slice(offset..<(offset + scalars[start].utf8Width))
    case .object(let object): return try object.item(key)
    default: return nil
    }
  }

  /// Python's `self[start:stop:step]`.
  func sliced(_ start: Value, _ stop: Value, _ step: Value) throws -> Value {
    for part in [self, start, stop, step] where part.isUnknown {
      throw UnknownValue()
    }
    if case .undefined(let undefined) = payload {
      if undefined.isChainable { return self }
      throw undefined.error
    }
    for part in [start, stop, step] { try part.requireKnownName() }
    guard let count = try length() else { throw notSubscriptable }
    if case .object(let object) = payload, let range = object as? RangeObject {
      let indices = try Slice(start, stop, step).bounds(in: count)
      return Value(range.sliced(indices)).marked(marks)
    }
    switch payload {
    case .dictionary: throw TemplateError(.type, "unhashable type: 'slice'")
    case .object(let object) where object is DictionaryView:
      throw notSubscriptable
    default: break
    }
    let indices = try Slice(start, stop, step).indices(in: count)
    switch plainTuple.payload {
    case .list(let list):
      let items = try list.elements()
      return Value.fresh(indices.map { items[$0] }).marked(marks)
    case .tuple(let items):
      return Value.tuple(indices.map { items[$0] }).marked(marks)
    case .string(let text), .markup(let text):
      if !isMarked, let first = indices.first, let last = indices.last,
        last - first == indices.count - 1
      {
        let (_, isASCII) = PythonText.measure(text)
        if isASCII { return slice(first..<(last + 1)) }
      }
      let characters = characters(text)
      var builder = TextBuilder()
      for index in indices { try builder.append(characters[index]) }
      return withText(builder.value)
    case .object(let object):
      guard let bytes = (object as? BytesObject)?.bytes else {
        throw notSubscriptable
      }
      return Value(BytesObject(indices.map { bytes[$0] })).marked(marks)
    default: throw notSubscriptable
    }
  }

  /// Throws where Ansible's policy forbids to hand an undefined value on.
  func requireKnownName() throws {
    if case .undefined(let undefined) = payload,
      undefined.policy == .chainableStrict
    {
      throw undefined.error
    }
  }

  var notSubscriptable: TemplateError {
    TemplateError(.type, "'\(typeName)' object is not subscriptable")
  }
}

/// Python's slice.
struct Slice {
  private let start: Int?
  private let stop: Int?
  private let step: Int

  init(_ start: Value, _ stop: Value, _ step: Value) throws {
    func index(_ value: Value) throws -> Int? {
      if value.isNone { return nil }
      if let integer = value.integer { return integer }
      if let big = value.wholeNumber {
        return big.isNegative ? -Int.max : Int.max
      }
      throw TemplateError(
        .type,
        "slice indices must be integers or None or have an __index__ method")
    }
    self.step = try index(step) ?? 1
    if self.step == 0 {
      throw TemplateError(.value, "slice step cannot be zero")
    }
    self.start = try index(start)
    self.stop = try index(stop)
  }

  /// The positions in a sequence of that length.
  func indices(in count: Int) -> [Int] {
    let (first, last, step) = bounds(in: count)
    return Array(stride(from: first, to: last, by: step))
  }

  /// The first position, the one behind the last and the distance.
  func bounds(in count: Int) -> (first: Int, last: Int, step: Int) {
    func clamp(_ value: Int, _ low: Int, _ high: Int) -> Int {
      let at = value < 0 ? max(value, -count - 1) + count : value
      return min(max(at, low), high)
    }
    if step > 0 {
      let first = start.map { clamp($0, 0, count) } ?? 0
      let last = stop.map { clamp($0, 0, count) } ?? count
      return (first, last, step)
    }
    let first = start.map { clamp($0, -1, count - 1) } ?? count - 1
    let last = stop.map { clamp($0, -1, count - 1) } ?? -1
    return (first, last, step)
  }
}
