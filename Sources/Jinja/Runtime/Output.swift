// Where statements write to.

/// The output of a template, a macro or a block that is captured.
struct Output {
  /// The text so far; unused where values are collected.
  var text = TextBuilder()
  /// The pieces so far where a render to a value collects them.
  private(set) var pieces: [Value]?
  /// Whether values are joined as Ansible joins them; what macros and blocks
  /// collect keeps its type, though this output is text.
  private let joinsAsAnsible: Bool
  /// The type of something written that is no text, where only text can be
  /// joined.
  private var stranger: String?

  /// Whether pieces become text as soon as there are several, as in the
  /// outermost output of jinja2.nativetypes.
  private let joinsEarly: Bool

  init(
    isNative: Bool, limit: Int? = nil, joinsEarly: Bool = false,
    joinsAsAnsible: Bool = false
  ) {
    self.joinsEarly = joinsEarly
    self.joinsAsAnsible = joinsAsAnsible
    if let limit { text.limit = limit }
    if isNative { pieces = [] }
  }

  /// Whether what is collected inside keeps its type.
  var isNative: Bool { pieces != nil || joinsAsAnsible }

  /// Whether it is text that is written here.
  var takesText: Bool { pieces == nil }

  @inline(__always)
  mutating func write(constant: ConstantText) {
    if pieces == nil {
      text.append(bytes: constant.bytes)
    } else {
      pieces?.append(constant.value)
    }
  }

  /// Writes a value as it is: escaped before where it has to be.
  @inline(__always)
  mutating func write(_ value: Value) throws {
    if pieces == nil {
      if joinsAsAnsible {
        try text.append(joined: value)
      } else {
        try text.append(value)
      }
    } else {
      pieces?.append(value)
      if joinsEarly { try join() }
    }
  }

  @inline(never)
  private mutating func join() throws {
    guard var made = pieces, made.count > 1 else { return }
    for place in (made.count == 2 ? 0 : made.count - 1)..<made.count
    where !made[place].isString && !made[place].isUnknown {
      made[place] = try made[place].string()
    }
    pieces = made
  }

  /// Says of an absence that was just written where it is asked for: what
  /// joins the pieces does not know.
  @inline(__always)
  mutating func place(_ origin: () -> Origin?) {
    guard let last = pieces?.indices.last,
      case .undefined(let absent)? = pieces?[last].payload,
      absent.policy == .chainableStrict, absent.origin == nil,
      let origin = origin()
    else { return }
    pieces?[last] = Value(.undefined(absent.asked(at: origin)))
  }

  /// Writes the result of a filter over a block, which has to be text.
  ///
  /// Python joins all pieces at the end, and only then finds one that is not.
  mutating func write(filtered value: Value) throws {
    if !isNative, !value.isString, !value.isUnknown {
      stranger = stranger ?? value.typeName
    } else {
      try write(value)
    }
  }

  /// Throws where more was written than a render may.
  @inline(__always)
  func checkSize(_ limits: Limits) throws {
    if text.count > limits.textSize {
      throw Limits.reached("more than \(limits.textSize) bytes of output")
    }
  }

  mutating func write(_ other: Output) {
    if let more = other.pieces {
      pieces?.append(contentsOf: more)
    } else {
      text.append(text: other.text)
    }
  }

  /// The collected pieces in one text, where all of them are texts.
  var joinedTexts: Result<Value, TemplateError> {
    var joined = ""
    for (place, piece) in (pieces ?? [text.value]).enumerated() {
      guard let text = piece.text else {
        return .failure(
          TemplateError(
            .type,
            "sequence item \(place): expected str instance,"
              + " \(piece.typeName) found"))
      }
      joined += text
    }
    return .success(Value(joined))
  }

  /// What was written, as one value.
  func value(_ context: Context) throws -> Value {
    guard let pieces else {
      if let stranger {
        throw TemplateError(
          .type,
          "sequence item 0: expected str instance, \(stranger) found")
      }
      return text.value
    }
    return try Native.joined(pieces, context.environment.options)
  }
}

/// Text of a template that is written as it stands.
final class ConstantText: @unchecked Sendable {
  let bytes: UnsafeBufferPointer<UInt8>
  let value: Value

  init(_ text: String) {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(
      capacity: text.utf8.count)
    _ = copy.initialize(from: text.utf8)
    bytes = UnsafeBufferPointer(copy)
    value = Value(text)
  }

  deinit { bytes.deallocate() }
}

extension TextBuilder {
  mutating func append(text other: TextBuilder) {
    let start = count
    append(bytes: other.bytes)
    append(spans: other.spans, at: start)
  }
}
