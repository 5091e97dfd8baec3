// Python's str.format: fields in braces.

struct StringFormat {
  private let context: Context
  private let arguments: Arguments
  private let isMarkup: Bool
  /// What names the fields instead of arguments, for `format_map`.
  private let mapping: Value?
  private var next = 0
  private var isNumbered: Bool?

  /// Formats a text with arguments; what it does not hold is an error.
  static func format(
    _ text: Value, _ arguments: Arguments, _ context: Context,
    mapping: Value? = nil
  ) throws -> Value {
    var formatter = StringFormat(
      context: context, arguments: arguments, isMarkup: text.isMarkup,
      mapping: mapping)
    var out = TextBuilder()
    try formatter.write(
      Array((text.text ?? "").unicodeScalars), text.spans, &out, depth: 2)
    return text.isMarkup ? out.markup : out.value
  }

  private init(
    context: Context, arguments: Arguments, isMarkup: Bool, mapping: Value?
  ) {
    self.mapping = mapping
    self.context = context
    self.arguments = arguments
    self.isMarkup = isMarkup
  }

  private mutating func write(
    _ scalars: [Unicode.Scalar], _ spans: [Span], _ out: inout TextBuilder,
    depth: Int
  ) throws {
    if depth < 0 {
      throw TemplateError(.value, "Max string recursion exceeded")
    }
    var at = 0
    var offset = 0
    while at < scalars.count {
      let scalar = scalars[at]
      let from = offset
      let start = out.count
      offset += scalar.utf8Width
      at += 1
      if scalar == "{" {
        if at < scalars.count, scalars[at] == "{" {
          out.append("{")
          at += 1
          offset += 1
        } else {
          let begin = at
          try field(scalars, &at, &out, depth)
          offset += scalars[begin..<at].reduce(0) { $0 + $1.utf8Width }
        }
      } else if scalar == "}" {
        guard at < scalars.count, scalars[at] == "}" else {
          throw TemplateError(
            .value, "Single '}' encountered in format string")
        }
        out.append("}")
        at += 1
        offset += 1
      } else {
        out.append(String(scalar))
      }
      for span in spans where span.range.overlaps(from..<offset) {
        out.mark(from: start, span.marks)
      }
      try context.state.limits.check(text: out.count)
    }
  }

  private mutating func field(
    _ scalars: [Unicode.Scalar], _ at: inout Int, _ out: inout TextBuilder,
    _ depth: Int
  ) throws {
    guard at < scalars.count else {
      throw TemplateError(.value, "Single '{' encountered in format string")
    }
    var name = String.UnicodeScalarView()
    var isInBrackets = false
    while at < scalars.count {
      let scalar = scalars[at]
      if scalar == "[" { isInBrackets = true }
      if scalar == "]" { isInBrackets = false }
      if !isInBrackets, scalar == "!" || scalar == ":" || scalar == "}" {
        break
      }
      if scalar == "{" {
        throw TemplateError(.value, "unexpected '{' in field name")
      }
      name.append(scalar)
      at += 1
    }
    var conversion: Unicode.Scalar?
    if at < scalars.count, scalars[at] == "!" {
      guard at + 1 < scalars.count else {
        throw TemplateError(
          .value, "end of string while looking for conversion specifier")
      }
      conversion = scalars[at + 1]
      at += 2
      guard at < scalars.count, scalars[at] == ":" || scalars[at] == "}" else {
        throw TemplateError(
          .value, "expected ':' after conversion specifier")
      }
    }
    var spec = ""
    if at < scalars.count, scalars[at] == ":" {
      at += 1
      let start = at
      var level = 1
      while at < scalars.count {
        if scalars[at] == "{" { level += 1 }
        if scalars[at] == "}" { level -= 1 }
        if level == 0 { break }
        at += 1
      }
      var inner = TextBuilder()
      // The value comes first, so its place in the arguments does too.
      guard at < scalars.count else {
        throw TemplateError(.value, "expected '}' before end of string")
      }
      let value = try value(String(name))
      try write(Array(scalars[start..<at]), [], &inner, depth: depth - 1)
      spec = inner.text
      at += 1
      return try write(value, conversion, spec, &out)
    }
    guard at < scalars.count else {
      throw TemplateError(.value, "expected '}' before end of string")
    }
    at += 1
    try write(try value(String(name)), conversion, spec, &out)
  }

  private func write(
    _ value: Value, _ conversion: Unicode.Scalar?, _ spec: String,
    _ out: inout TextBuilder
  ) throws {
    var value = value
    switch conversion {
    case nil: break
    case "s": value = try value.string()
    case "r": value = Value(try value.repr()).marked(value.deepMarks())
    case "a":
      value = Value(PercentFormat.ascii(try value.repr()))
        .marked(value.deepMarks())
    case .some(let other):
      throw TemplateError(
        .value, "Unknown conversion specifier \(Quoted.repr(String(other)))")
    }
    if isMarkup {
      if spec.isEmpty || value.isString {
        let formatted = try FormatSpec.format(value, spec, context.state.limits)
        try out.append(
          try Escaping.escaped(
            value.isMarkup
              ? Value(.markup(formatted.text ?? ""), formatted.annotation)
              : formatted))
        return
      }
    }
    try out.append(try FormatSpec.format(value, spec, context.state.limits))
  }

  /// The value of a field name such as `0.name[key]`.
  private mutating func value(_ name: String) throws -> Value {
    let scalars = Array(name.unicodeScalars)
    var at = 0
    var head = String.UnicodeScalarView()
    while at < scalars.count, scalars[at] != ".", scalars[at] != "[" {
      head.append(scalars[at])
      at += 1
    }
    let first = String(head)
    var value = try argument(first)
    while at < scalars.count {
      var part = String.UnicodeScalarView()
      if scalars[at] == "." {
        at += 1
        while at < scalars.count, scalars[at] != ".", scalars[at] != "[" {
          part.append(scalars[at])
          at += 1
        }
        if part.isEmpty {
          throw TemplateError(.value, "Empty attribute in format string")
        }
        let attribute = String(part)
        if attribute.hasPrefix("_") {
          throw TemplateError(
            .attribute,
            "'\(value.typeName)' object has no attribute '\(attribute)'")
        }
        guard let found = try Members.attribute(attribute, of: value) else {
          if case .undefined(let undefined) = value.payload {
            if undefined.isChainable { continue }
            throw undefined.error
          }
          throw TemplateError(
            .attribute,
            "'\(value.typeName)' object has no attribute '\(attribute)'")
        }
        value = found
      } else if scalars[at] == "[" {
        at += 1
        while at < scalars.count, scalars[at] != "]" {
          part.append(scalars[at])
          at += 1
        }
        guard at < scalars.count else {
          throw TemplateError(.value, "Missing ']' in format string")
        }
        at += 1
        let key = String(part)
        if key.isEmpty {
          throw TemplateError(.value, "Empty attribute in format string")
        }
        value = try Methods.requiredItem(
          Int(key).map { Value($0) } ?? Value(key), of: value)
      } else {
        throw TemplateError(
          .value, "Only '.' or '[' may follow ']' in format field specifier")
      }
    }
    return value
  }

  private mutating func argument(_ name: String) throws -> Value {
    if name.isEmpty || name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      let isNumbered = !name.isEmpty
      if mapping != nil && !isMarkup {
        throw TemplateError(
          .value, "Format string contains positional fields")
      }
      if let before = self.isNumbered, before != isNumbered {
        throw TemplateError(
          .value,
          before
            ? "cannot switch from manual field specification to automatic field"
              + " numbering"
            : "cannot switch from automatic field numbering to manual field"
              + " specification")
      }
      self.isNumbered = isNumbered
      let index = isNumbered ? Int(name) ?? Int.max : next
      if !isNumbered { next += 1 }
      guard index < arguments.positional.count else {
        throw TemplateError(
          .index,
          "Replacement index \(index) out of range for positional args tuple")
      }
      return arguments[index]
    }
    if let mapping { return try Methods.requiredItem(Value(name), of: mapping) }
    guard let value = arguments[name] else {
      throw TemplateError(.key, Quoted.repr(name))
    }
    return value
  }
}
