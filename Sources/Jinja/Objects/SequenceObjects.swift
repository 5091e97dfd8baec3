// range(), and iterators that can be gone through once.

/// Python's `range`.
final class RangeObject: Object, @unchecked Sendable {
  let start: Int
  let stop: Int
  let step: Int
  let count: Int

  init(_ start: Int, _ stop: Int, _ step: Int) {
    self.start = start
    self.stop = stop
    self.step = step
    let (span, overflow) =
      step > 0
      ? stop.subtractingReportingOverflow(start)
      : start.subtractingReportingOverflow(stop)
    let size = step.magnitude
    count =
      overflow ? Int.max : span <= 0 ? 0 : Int((UInt(span) - 1) / size) + 1
  }

  /// The range of the members at some of its places.
  func sliced(
    _ places: (first: Int, last: Int, step: Int)
  ) -> RangeObject {
    let (product, overflow) = step.multipliedReportingOverflow(by: places.step)
    let isUp = (step > 0) == (places.step > 0)
    return RangeObject(
      start &+ places.first &* step, start &+ places.last &* step,
      overflow ? (isUp ? Int.max : -Int.max) : product)
  }

  override var typeName: String { "range" }
  override func repr() -> String {
    step == 1
      ? "range(\(start), \(stop))" : "range(\(start), \(stop), \(step))"
  }
  override func length() -> Int? { count }
  override var isIterable: Bool { true }
  override var isSequence: Bool { true }

  override func iterate() -> (() throws -> Value?)? {
    var at = 0
    return { [self] in
      guard at < count else { return nil }
      defer { at += 1 }
      return Value(start + at * step)
    }
  }

  override func item(_ key: Value) -> Value? {
    guard let index = key.integer, let at = Value.position(index, in: count)
    else { return nil }
    return Value(start + at * step)
  }

  override func contains(_ value: Value) throws -> Bool? {
    guard let number = value.integer, value.isNumber else {
      if case .float(let float) = value.payload, let whole = Int(exactly: float)
      {
        return try contains(Value(whole))
      }
      return false
    }
    let (offset, overflow) = number.subtractingReportingOverflow(start)
    guard !overflow, offset % step == 0 else { return false }
    let at = offset / step
    return at >= 0 && at < count
  }

  override func isEqual(to other: Value) -> Bool {
    guard case .object(let object) = other.payload,
      let range = object as? RangeObject
    else { return false }
    return count == range.count
      && (count == 0
        || start == range.start && (count == 1 || step == range.step))
  }

  override func attribute(_ name: String) -> Value? {
    switch name {
    case "start": Value(start)
    case "stop": Value(stop)
    case "step": Value(step)
    default: nil
    }
  }
}

/// An iterator: its members can be had once.
final class IteratorObject: Object, @unchecked Sendable {
  private let name: String
  private let label: String
  private var next: () throws -> Value?
  private var ahead: Value?

  /// Makes an iterator of the type that Python calls `name`; `label` is what
  /// `repr` writes before its address.
  init(
    _ name: String = "generator", label: String? = nil,
    next: @escaping () throws -> Value?
  ) {
    self.name = name
    self.label = label ?? "\(name) object"
    self.next = next
  }

  override var typeName: String { name }
  override func repr() -> String { "<\(label) at 0x7f0000000000>" }
  override var isIterable: Bool { true }
  override func truth() -> Bool { true }

  override func iterate() -> (() throws -> Value?)? {
    { [self] in
      if let value = ahead {
        ahead = nil
        return value
      }
      return try next()
    }
  }
}
