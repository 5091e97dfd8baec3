// Rendering to a value: how the pieces of output become one.

enum Native {
  /// The value that pieces of output stand for.
  static func joined(_ pieces: [Value], _ options: Options) throws -> Value {
    switch options.native {
    case .off: return try text(pieces, options.limits)
    case .jinja: return try literal(pieces, options.limits)
    case .ansible:
      if pieces.count == 1 { return pieces[0] }
      return try text(pieces, options.limits)
    }
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
