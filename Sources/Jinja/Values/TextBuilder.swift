// Text made piece by piece, with the marked spans of its pieces.

/// Builds a string from pieces and keeps their marks where they stand.
public struct TextBuilder {
  public private(set) var bytes: [UInt8] = []
  public private(set) var spans: [Span] = []

  /// How much a single value may write: lists of lists of one list can write
  /// far more than they hold.
  var limit = 64 << 20
  /// Whether containers are written as Ansible finalizes them.
  var finalizes = false
  /// The lists and dictionaries that are being written.
  private var open: [ObjectIdentifier] = []

  public init() {}

  /// Begins to write a list or a dictionary; false inside itself.
  mutating func enter(_ object: AnyObject) -> Bool {
    let identity = ObjectIdentifier(object)
    if open.contains(identity) { return false }
    open.append(identity)
    return true
  }

  mutating func leave() { open.removeLast() }

  public var count: Int { bytes.count }

  @inline(__always)
  public mutating func append(_ text: String) {
    let done: Void? = text.utf8.withContiguousStorageIfAvailable {
      bytes.append(contentsOf: $0)
    }
    if done == nil { bytes.append(contentsOf: text.utf8) }
  }

  @inline(__always)
  public mutating func append(_ text: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(
        start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inline(__always)
  mutating func append(bytes more: some Sequence<UInt8>) {
    bytes.append(contentsOf: more)
  }

  @inline(__always)
  mutating func append(byte: UInt8) {
    bytes.append(byte)
  }

  /// Appends a text with spans counted from its own start.
  public mutating func append(_ text: String, spans more: [Span]) {
    let start = bytes.count
    append(text)
    if !more.isEmpty { spans += Spans.shifted(more, by: start) }
  }

  /// Appends a text that is marked as a whole.
  public mutating func append(_ text: String, marks: Marks) {
    let start = bytes.count
    append(text)
    mark(from: start, marks)
  }

  /// Appends what Python's `str()` makes of the value, with its marks.
  public mutating func append(_ value: Value) throws {
    let start = bytes.count
    switch value.payload {
    case .string(let text), .markup(let text): append(text)
    case .unknown: append(Value.unknownPlaceholder)
    default: try value.write(into: &self)
    }
    guard let annotation = value.annotation, !annotation.marks.isEmpty else {
      return
    }
    if let inside = annotation.spans {
      spans += Spans.shifted(inside, by: start)
    } else {
      mark(from: start, annotation.marks)
    }
  }

  /// Appends a text or a number without marks; false for any other value.
  @inline(__always)
  mutating func append(plain value: borrowing Value) -> Bool {
    if value.annotation != nil { return false }
    switch value.payload {
    case .string(let text):
      append(text)
      return true
    case .integer(let number):
      append(integer: number)
      return true
    default: return false
    }
  }

  /// Adds marks over everything from an offset to the end.
  public mutating func mark(from start: Int, _ marks: Marks) {
    guard start < bytes.count, !marks.isEmpty else { return }
    spans = Spans.cover(spans, over: start..<bytes.count, with: marks)
  }

  mutating func append(spans more: [Span], at start: Int) {
    if !more.isEmpty { spans += Spans.shifted(more, by: start) }
  }

  mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  /// Drops what was appended from an offset on.
  mutating func truncate(to count: Int) {
    bytes.removeSubrange(count...)
    spans = Spans.slice(spans, 0..<count)
  }

  /// The text alone.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The text with its marks.
  public var value: Value {
    Value(
      .string(text), spans.isEmpty ? nil : Annotation.of(Spans.joined(spans)))
  }

  /// The text as markup, with its marks.
  var markup: Value { Value(.markup(text), value.annotation) }
}

extension Value {
  /// What stands in a text for an unknown value.
  public static let unknownPlaceholder = "(unknown)"
}
