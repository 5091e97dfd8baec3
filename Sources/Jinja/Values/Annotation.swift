// What a value carries beside its payload: where it was written, and marks
// that follow it through every operation.

/// A place in a file.
public struct Origin: Sendable, Hashable, CustomStringConvertible {
  public var file: String
  /// Counted from 1; 0 where it is not known.
  public var line: Int
  /// Counted from 1; 0 where it is not known.
  public var column: Int

  public init(file: String, line: Int = 0, column: Int = 0) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// `file:line:column`, without the parts that are not known.
  public var description: String {
    if line == 0 { return file }
    return column == 0 ? "\(file):\(line)" : "\(file):\(line):\(column)"
  }
}

/// Properties of a value that pass on to what is computed from it.
public struct Marks: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Not known yet: what stands there is a placeholder.
  public static let unknown = Marks(rawValue: 1)
  /// Never to be shown.
  public static let secret = Marks(rawValue: 2)
  /// Came from outside: never to be taken for a template.
  public static let unsafe = Marks(rawValue: 4)
}

/// A part of a string that carries marks of its own.
public struct Span: Sendable, Hashable {
  /// Offsets in the string's UTF-8.
  public var range: Range<Int>
  public var marks: Marks

  public init(_ range: Range<Int>, _ marks: Marks) {
    self.range = range
    self.marks = marks
  }
}

/// Origin and marks of one value.
final class Annotation: Sendable {
  let origin: Origin?
  /// The union of the marks of the whole value and of every span.
  let marks: Marks
  /// The marked parts of a string, ascending and disjoint; nil where the marks
  /// hold for the whole value.
  let spans: [Span]?

  init(origin: Origin? = nil, marks: Marks, spans: [Span]? = nil) {
    self.origin = origin
    self.marks = marks
    self.spans = spans
  }

  /// The same with its marks spread over the whole value.
  func wholly() -> Annotation {
    spans == nil ? self : Annotation(origin: origin, marks: marks)
  }

  /// An annotation of marks alone; nil where there are none.
  static func of(_ marks: Marks) -> Annotation? {
    marks.isEmpty ? nil : Annotation(marks: marks)
  }

  /// An annotation of spans; nil where there are none.
  static func of(_ spans: [Span]) -> Annotation? {
    guard !spans.isEmpty else { return nil }
    let marks = spans.reduce(into: Marks()) { $0.formUnion($1.marks) }
    return Annotation(marks: marks, spans: spans)
  }
}

extension Value {
  /// Where the value was written.
  public var origin: Origin? { annotation?.origin }

  /// The marks of the value itself, spans included.
  ///
  /// Members of a list or a dictionary carry their own: see ``deepMarks()``.
  public var marks: Marks { annotation?.marks ?? [] }

  /// The marked parts of a string.
  ///
  /// A string that is marked as a whole answers one span; one without marks
  /// none.
  public var spans: [Span] {
    guard let annotation, !annotation.marks.isEmpty else { return [] }
    if let spans = annotation.spans { return spans }
    guard let text else { return [] }
    return [Span(0..<text.utf8.count, annotation.marks)]
  }

  /// The same value, written there.
  public func with(origin: Origin?) -> Value {
    guard let annotation else {
      guard let origin else { return self }
      return Value(payload, Annotation(origin: origin, marks: []))
    }
    return Value(
      payload,
      Annotation(
        origin: origin, marks: annotation.marks, spans: annotation.spans))
  }

  /// The same value with these marks too, over the whole of it.
  public func marked(_ marks: Marks) -> Value {
    guard !marks.isEmpty else { return self }
    guard let annotation else {
      return Value(payload, Annotation(marks: marks))
    }
    if annotation.spans == nil && annotation.marks.isSuperset(of: marks) {
      return self
    }
    guard let spans = annotation.spans, let text else {
      return Value(
        payload,
        Annotation(
          origin: annotation.origin, marks: annotation.marks.union(marks)))
    }
    let merged = Spans.cover(
      spans, over: 0..<text.utf8.count, with: marks)
    return Value(
      payload,
      Annotation(
        origin: annotation.origin, marks: annotation.marks.union(marks),
        spans: merged))
  }

  /// The same string with these spans as its only marks.
  public func marked(_ spans: [Span]) -> Value {
    let origin = annotation?.origin
    let marks = spans.reduce(into: Marks()) { $0.formUnion($1.marks) }
    if spans.isEmpty && origin == nil { return Value(payload) }
    return Value(
      payload,
      Annotation(
        origin: origin, marks: marks, spans: spans.isEmpty ? nil : spans))
  }

  /// The same value without marks; its members keep theirs.
  public func unmarked() -> Value {
    guard let origin = annotation?.origin else { return Value(payload) }
    return Value(payload, Annotation(origin: origin, marks: []))
  }

  /// Whether the value itself carries any mark.
  @inline(__always)
  var isMarked: Bool {
    guard let annotation else { return false }
    return !annotation.marks.isEmpty
  }

  /// The marks of the value and of all members, at any depth.
  public func deepMarks() -> Marks {
    var walk = MarkWalk()
    walk.visit(self)
    return walk.marks
  }
}

/// Collects the marks of a value and its members, each once and without going
/// deeper into the stack.
private struct MarkWalk {
  var marks = Marks()
  private var seen = Set<ObjectIdentifier>()
  private var seenTuples = Set<UnsafeRawPointer>()
  private var waiting: [Value] = []

  mutating func visit(_ value: Value) {
    look(at: value)
    while let next = waiting.popLast() { look(at: next) }
  }

  private mutating func look(at value: Value) {
    marks.formUnion(value.marks)
    switch value.payload {
    case .list(let list):
      guard seen.insert(ObjectIdentifier(list)).inserted else { return }
      waiting += list.items
    case .tuple(let items):
      guard let place = items.withUnsafeBytes({ $0.baseAddress }),
        seenTuples.insert(place).inserted
      else { return }
      waiting += items
    case .dictionary(let dictionary):
      guard seen.insert(ObjectIdentifier(dictionary)).inserted else { return }
      waiting += dictionary.keys
      waiting += dictionary.values
    case .object(let object):
      guard seen.insert(ObjectIdentifier(object)).inserted else { return }
      waiting += object.heldValues
    default: break
    }
  }
}
