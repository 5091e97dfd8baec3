// Filters that make one text of another.

extension BuiltinFilters {
  static let text: [Function] = [
    method("upper"),
    method("lower"),
    method("capitalize"),
    method("trim", [.init("chars", Value.none)], as: "strip"),
    method("center", [.init("width", 80)]),
    Function("title", ["s"], handlesMarks: true) { _, call in
      let value = try soft(call[0])
      return Value(.string(value.text ?? ""), value.annotation).titled()
    },
    Function(
      "replace", ["s", "old", "new", .init("count", Value.none)],
      handlesMarks: true
    ) { context, call in
      let count = call[3].isNone ? -1 : try Methods.integer(call[3]) ?? -1
      guard context.escapes else {
        return try Replacing.replace(
          try call[0].string(), try call[1].string(), try call[2].string(),
          count: count, context.limits)
      }
      var value = try soft(call[0])
      if call[1].hasHTML || (call[2].hasHTML && !value.hasHTML) {
        value = try Escaping.escaped(call[0])
      }
      return try Replacing.replace(
        value, try soft(call[1]), try soft(call[2]), count: count,
        context.limits)
    },
    Function(
      "format", ["value"], isVariadic: true, handlesMarks: true,
      acceptsUnknown: true
    ) { context, call in
      if call[0].isUnknown { return .unknown }
      let rest = Array(call.positional.dropFirst())
      if !rest.isEmpty && !call.keywords.isEmpty {
        throw TemplateError(
          .filterArgument,
          "can't handle positional and keyword arguments at the same time")
      }
      let values: Value
      if call.keywords.isEmpty {
        values = .tuple(rest)
      } else {
        values = .dictionary(call.keywords.map { ($0.name, $0.value) })
      }
      return try PercentFormat.format(
        try soft(call[0]), values, context.limits)
    },
    Function(
      "string", "object", handlesMarks: true,
      single: { _, value in try soft(value) }),
    Function("wordcount", ["s"]) { _, call in
      var count = 0
      var isInWord = false
      for scalar in (try soft(call[0]).text ?? "").unicodeScalars {
        let isWord = TextRules.isWord(scalar)
        if isWord && !isInWord { count += 1 }
        isInWord = isWord
      }
      return Value(count)
    },
    Function(
      "truncate",
      [
        "s", .init("length", 255), .init("killwords", false),
        .init("end", "..."), .init("leeway", Value.none),
      ], handlesMarks: true
    ) { context, call in
      guard let length = try Methods.integer(call[1]) else {
        throw TemplateError(
          .type,
          "'>=' not supported between instances of 'NoneType' and 'int'")
      }
      let end = call[3]
      guard let endLength = try end.length() else { throw noLength(end) }
      if length < endLength {
        throw TemplateError(
          TemplateError.Kind("AssertionError"),
          "expected length >= \(endLength), got \(length)")
      }
      let leeway = call[4].isNone ? 5 : try Methods.integer(call[4]) ?? 5
      if leeway < 0 {
        throw TemplateError(
          TemplateError.Kind("AssertionError"),
          "expected leeway >= 0, got \(leeway)")
      }
      guard let count = try call[0].length() else {
        throw noLength(call[0])
      }
      if count <= length || count - length <= leeway { return call[0] }
      let kept = try call[0].sliced(
        .none,
        Value(length.subtractingReportingOverflow(endLength).partialValue),
        .none)
      if try call[2].truth() {
        return try Operators.apply(.add, kept, end, context.limits)
      }
      guard kept.isString else {
        throw TemplateError(
          .attribute,
          "'\(kept.typeName)' object has no attribute 'rsplit'")
      }
      let words = try Methods.split(kept, " ", 1, fromEnd: true)
      let first = try words.members().first ?? kept
      return try Operators.apply(.add, first, end, context.limits)
    },
    Function("reverse", ["value"], handlesMarks: true) { context, call in
      switch call[0].payload {
      case .string, .markup:
        return try call[0].sliced(.none, .none, -1)
      case .undefined(let undefined):
        try undefined.requireDefault()
        return reversed("reversed", [], context)
      case .list, .tuple, .dictionary:
        let items = try call[0].members()
        let name =
          switch call[0].payload {
          case .list: "list_reverseiterator"
          case .dictionary: "dict_reversekeyiterator"
          default: "reversed"
          }
        return reversed(name, items, context)
      default:
        guard call[0].isIterable else {
          throw TemplateError(.filterArgument, "argument must be iterable")
        }
        let items = try call[0].members()
        if case .object(let object) = call[0].payload {
          if object is RangeObject {
            return reversed("range_iterator", items, context)
          }
          if object is DictionaryView {
            let kind = object.typeName.dropFirst(5).dropLast()
            return reversed("dict_reverse\(kind)iterator", items, context)
          }
          if object is BytesObject || object is GroupObject {
            return reversed("reversed", items, context)
          }
        }
        return .fresh(items.reversed())
      }
    },
  ]

  /// The members from the last to the first, as Python's iterator of that
  /// name; a list under Ansible.
  private static func reversed(
    _ name: String, _ items: [Value], _ context: Context
  ) -> Value {
    if context.environment.options.native == .ansible {
      return .fresh(items.reversed())
    }
    var items = items
    return Value(IteratorObject(name) { items.popLast() })
  }

  static func noLength(_ value: Value) -> TemplateError {
    TemplateError(.type, "object of type '\(value.typeName)' has no len()")
  }
}

extension Value {
  /// Jinja2's title case: a new word begins behind a blank, a hyphen or an
  /// opening bracket.
  fileprivate func titled() -> Value {
    Rewriting.whole(self) { text in
      var result = ""
      var word = String.UnicodeScalarView()
      func flush() {
        guard let first = word.first else { return }
        result += first.properties.uppercaseMapping
        result += PythonText.lower(String(word.dropFirst()))
        word = String.UnicodeScalarView()
      }
      var wasBreak = false
      for scalar in text.unicodeScalars {
        let isBreak =
          Whitespace.contains(scalar)
          || ["-", "(", "{", "[", "<"].contains(scalar)
        if isBreak != wasBreak { flush() }
        word.append(scalar)
        wasBreak = isBreak
      }
      flush()
      return result
    }
  }
}

enum TextRules {
  /// Python's `\w` of one character.
  static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x80 {
      return (scalar.value | 0x20) >= 0x61 && (scalar.value | 0x20) <= 0x7A
        || scalar.value >= 0x30 && scalar.value <= 0x39 || scalar == "_"
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter,
      .otherLetter, .decimalNumber, .letterNumber, .otherNumber:
      return true
    default: return false
    }
  }
}
