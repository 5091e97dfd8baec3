// Filters that lay text out: indent, wordwrap, join.

extension BuiltinFilters {
  static let layout: [Function] = [
    Function(
      "indent",
      ["s", .init("width", 4), .init("first", false), .init("blank", false)],
      handlesMarks: true
    ) { context, call in
      try indented(call, context)
    },
    Function(
      "wordwrap",
      [
        "s", .init("width", 79), .init("break_long_words", true),
        .init("wrapstring", Value.none), .init("break_on_hyphens", true),
      ]
    ) { context, call in
      // What the lines are joined with is looked at before they are.
      if case .undefined(let undefined) = call[3].payload {
        throw undefined.error
      }
      let newline = context.environment.options.newlineSequence
      guard let separator = call[3].isNone ? newline : call[3].text else {
        throw TemplateError(
          .attribute,
          "'\(call[3].typeName)' object has no attribute 'join'")
      }
      guard let text = call[0].text else {
        if case .undefined(let undefined) = call[0].payload {
          throw undefined.error
        }
        if case .object(let object) = call[0].payload, object is BytesObject {
          if try object.length() == 0 { return "" }
          throw TemplateError(
            .type, "cannot use a string pattern on a bytes-like object")
        }
        throw TemplateError(
          .attribute,
          "'\(call[0].typeName)' object has no attribute 'splitlines'")
      }
      let breaksWords = try call[2].truth()
      let breaksHyphens = try call[4].truth()
      var size = 0
      let ranges = PythonText.lines(text)
      if ranges.isEmpty { return "" }
      guard let width = try Methods.integer(call[1]) else {
        throw TemplateError(
          .type,
          "'<=' not supported between instances of 'NoneType' and 'int'")
      }
      let lines = try ranges.map { range in
        let parts = try TextWrap.wrap(
          Value(text).slice(range).text ?? "", width: width,
          breaksWords: breaksWords, breaksHyphens: breaksHyphens)
        size += range.count + max(1, parts.count) * separator.utf8.count
        try context.limits.check(text: size)
        return parts.joined(separator: separator)
      }
      return Value(lines.joined(separator: separator))
    },
    Function(
      "join", ["value", .init("d", ""), .init("attribute", Value.none)],
      handlesMarks: true, acceptsUnknown: false
    ) { context, call in
      try joined(call, context)
    },
  ]

  private static func indented(
    _ call: Arguments, _ context: Context
  ) throws -> Value {
    let indention: Value
    if call[1].isString {
      indention = call[1]
    } else {
      if case .bigInteger = call[1].payload {
        throw TemplateError(
          .overflow, "cannot fit 'int' into an index-sized integer")
      }
      guard !call[1].isNone, let width = try Methods.integer(call[1]) else {
        throw TemplateError(
          .type, "can't multiply sequence by non-int of type 'NoneType'")
      }
      try context.limits.check(text: width)
      indention = Value(String(repeating: " ", count: max(0, width)))
    }
    guard call[0].isString, let text = call[0].text else {
      if case .undefined(let undefined) = call[0].payload {
        throw undefined.error
      }
      if case .list = call[0].payload {
        throw TemplateError(
          .attribute, "'list' object has no attribute 'splitlines'")
      }
      return try Operators.apply(.add, call[0], "\n", context.limits)
    }
    let first = try call[2].truth()
    let blank = try call[3].truth()
    // Every line has an end, as the text gets one more newline first.
    var lines = PythonText.lines(text)
    if PythonText.lines(text + "\n").count > lines.count {
      lines.append(text.utf8.count..<text.utf8.count)
    }
    var builder = TextBuilder()
    let isMarkup = call[0].isMarkup
    for (place, range) in lines.enumerated() {
      if place > 0 { builder.append("\n") }
      if place == 0 ? first : blank || !range.isEmpty {
        try builder.append(indention)
      }
      if !range.isEmpty { try builder.append(call[0].slice(range)) }
      try context.limits.check(text: builder.count)
    }
    return isMarkup ? builder.markup : builder.value
  }

  private static func joined(
    _ call: Arguments, _ context: Context
  ) throws -> Value {
    var items = try call[0].members()
    if !call[2].isNone {
      let getter = try Getter(call[2], context)
      items = try items.map { try getter.value(of: $0) }
    }
    var separator = call[1]
    var escapes = false
    if context.escapes {
      escapes = separator.hasHTML || items.contains { $0.hasHTML }
    }
    if escapes {
      separator = try Escaping.escaped(separator)
      items = try items.map { try Escaping.escaped($0) }
    }
    var builder = TextBuilder()
    for (place, item) in items.enumerated() {
      if place > 0 { try builder.append(separator) }
      try builder.append(item)
      try context.limits.check(text: builder.count)
    }
    return escapes ? builder.markup : builder.value
  }
}
