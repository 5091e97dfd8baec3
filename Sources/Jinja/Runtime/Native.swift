// Rendering to a value: how the pieces of output become one.

enum Native {
  /// The value that pieces of output stand for.
  static func joined(_ pieces: [Value], _ options: Options) throws -> Value {
    switch options.native {
    case .off: return try text(pieces, options.limits)
    case .jinja: return try literal(pieces, options.limits)
    case .ansible: return try ansible(pieces, options.limits)
    }
  }

  /// ansible-core's `concat`: None is nothing, one piece keeps its type, and
  /// several become text.
  private static func ansible(
    _ pieces: [Value], _ limits: Limits
  ) throws -> Value {
    let pieces = pieces.compactMap { piece in
      let piece = ModuleObject.text(of: piece) ?? piece
      return piece.isNone ? nil : piece
    }
    // `nil` would be read as a value.
    guard let first = pieces.first else { return Value.none }
    if pieces.count == 1 { return first }
    var builder = TextBuilder()
    for piece in pieces {
      try builder.append(joined: piece)
      try limits.check(text: builder.count)
    }
    return builder.value
  }

  private static func text(_ pieces: [Value], _ limits: Limits) throws -> Value
  {
    var builder = TextBuilder()
    for piece in pieces {
      try builder.append(piece)
      try limits.check(text: builder.count)
    }
    return builder.value
  }

  /// jinja2.nativetypes: text that is a Python literal becomes its value.
  private static func literal(
    _ pieces: [Value], _ limits: Limits
  ) throws -> Value {
    guard let first = pieces.first else { return .none }
    if pieces.count == 1 && !first.isString { return first }
    let joined = pieces.count == 1 ? first : try text(pieces, limits)
    guard let source = joined.text,
      let value = PythonLiteral.read(source)
    else { return joined }
    return value.marked(joined.marks)
  }
}

extension TextBuilder {
  /// Appends a value as Ansible joins it to others: nothing for None, tuples as
  /// lists, and containers without what is omitted.
  mutating func append(joined value: Value) throws {
    switch value.payload {
    case .none: return
    case .list, .tuple, .dictionary:
      finalizes = true
      defer { finalizes = false }
      try append(value)
    case .object(let object):
      if object.isOmitted { return }
      if let text = ModuleObject.text(of: value) {
        try append(joined: text)
      } else {
        try append(value)
      }
    default: try append(value)
    }
  }
}
