// Methods of strings that give strings.

extension Methods {
  static let ofString: [String: Function] = stringChanging.merging(
    stringAsking
  ) { $1 }

  private static let stringChanging: [String: Function] = methods([
    string("upper") { PythonText.upper($0) },
    string("lower") { PythonText.lower($0) },
    string("casefold") { casefolded($0) },
    string("swapcase") { text in
      var result = ""
      for scalar in text.unicodeScalars {
        let properties = scalar.properties
        result +=
          (properties.isUppercase
            ? properties.lowercaseMapping
            : properties.isLowercase
              ? properties.uppercaseMapping : String(scalar))
      }
      return result
    },
    string("capitalize") { text in
      guard let first = text.unicodeScalars.first else { return text }
      let rest = String(text.unicodeScalars.dropFirst())
      return first.properties.titlecaseMapping + PythonText.lower(rest)
    },
    string("title") { text in
      var result = ""
      var isInWord = false
      for scalar in text.unicodeScalars {
        let mapping =
          isInWord
          ? scalar.properties.lowercaseMapping
          : scalar.properties.titlecaseMapping
        result += mapping
        isInWord = PythonText.isCased(scalar)
      }
      return result
    },
    strip("strip", left: true, right: true),
    strip("lstrip", left: true, right: false),
    strip("rstrip", left: false, right: true),
    Function(
      "replace", ["self", "old", "new", .init("count", -1)], handlesMarks: true
    ) { context, call in
      _ = try text(call[1], "replace() argument 1")
      // What markup is replaced by is escaped, which makes text of anything.
      let new = call[0].isMarkup ? try Escaping.escaped(call[2]) : call[2]
      _ = try text(new, "replace() argument 2")
      return try Replacing.replace(
        call[0], call[1], new, count: try size(call[3]), context.limits)
    },
    pad("center"), pad("ljust"), pad("rjust"),
    Function("zfill", ["self", "width"], handlesMarks: true) { context, call in
      let width = try size(call[1])
      try context.limits.check(text: width)
      let count = try call[0].length() ?? 0
      guard count < width, let source = call[0].text else { return call[0] }
      let hasSign = source.hasPrefix("+") || source.hasPrefix("-")
      var builder = TextBuilder()
      if hasSign { try builder.append(call[0].slice(0..<1)) }
      builder.append(String(repeating: "0", count: width - count))
      try builder.append(
        call[0].slice((hasSign ? 1 : 0)..<source.utf8.count))
      return call[0].withText(builder.value)
    },
    Function("expandtabs", ["self", .init("tabsize", 8)]) { context, call in
      let size = try size(call[1])
      guard Int32(exactly: size) != nil else {
        throw TemplateError(
          .overflow, "Python int too large to convert to C int")
      }
      var result = String.UnicodeScalarView()
      var column = 0
      var count = 0
      for scalar in (call[0].text ?? "").unicodeScalars {
        if scalar == "\t" {
          if size > 0 {
            let blanks = size - column % size
            count += blanks
            try context.limits.check(text: count)
            for _ in 0..<blanks { result.append(" ") }
            column += blanks
          }
        } else {
          result.append(scalar)
          count += 1
          column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
        }
      }
      return call[0].withText(Value(String(result)))
    },
    removing("removeprefix", atEnd: false),
    removing("removesuffix", atEnd: true),
    Function("join", ["self", "values"], handlesMarks: true) { context, call in
      var builder = TextBuilder()
      let isMarkup = call[0].isMarkup
      for (place, item) in try call[1].members().enumerated() {
        guard item.isString || item.isUnknown || isMarkup else {
          if case .undefined(let undefined) = item.payload,
            undefined.policy == .chainableStrict
          {
            throw undefined.error
          }
          throw TemplateError(
            .type,
            "sequence item \(place): expected str instance,"
              + " \(item.typeName) found")
        }
        if place > 0 { try builder.append(call[0]) }
        try builder.append(isMarkup ? try Escaping.escaped(item) : item)
        try context.limits.check(text: builder.count)
      }
      return isMarkup ? builder.markup : builder.value
    },
    Function(
      "format", [""], isVariadic: true, handlesMarks: true,
      acceptsUnknown: true
    ) { context, call in
      guard !call[0].isUnknown else { return .unknown }
      return try StringFormat.format(
        call[0],
        Arguments(Array(call.positional.dropFirst()), keywords: call.keywords),
        context)
    },
    Function("format_map", ["self", "mapping"], handlesMarks: true) {
      context, call in
      try StringFormat.format(call[0], Arguments(), context, mapping: call[1])
    },
    Function("translate", ["self", "table"]) { context, call in
      let table = call[1].plainTuple
      if case .undefined(let undefined) = table.payload {
        throw undefined.error
      }
      var builder = TextBuilder()
      // What stands for the characters seen so far: looking one up is slow.
      var known: [Unicode.Scalar: String] = [:]
      for scalar in (call[0].text ?? "").unicodeScalars {
        let text: String
        if let found = known[scalar] {
          text = found
        } else {
          text = try replacement(for: scalar, in: table)
          known[scalar] = text
        }
        builder.append(text)
        try context.limits.check(text: builder.count)
      }
      return call[0].withText(Value(builder.text))
    },
    Function("maketrans", ["self", "from"], isVariadic: true) { _, call in
      try translation(Array(call.positional.dropFirst()))
    },
  ])

  /// What `translate` puts in the place of a character.
  private static func replacement(
    for scalar: Unicode.Scalar, in table: Value
  ) throws -> String {
    guard let found = try translation(of: scalar, in: table) else {
      return String(scalar)
    }
    if found.isNone { return "" }
    if let text = found.text { return text }
    guard let code = found.wholeNumber else {
      throw TemplateError(
        .type, "character mapping must return integer, None or str")
    }
    guard
      let scalar = code.asInt.flatMap({ UInt32(exactly: $0) }).flatMap(
        Unicode.Scalar.init)
    else {
      throw TemplateError(
        .value, "character mapping must be in range(0x110000)")
    }
    return String(scalar)
  }

  /// What a table has for a character; nil where nothing.
  private static func translation(
    of scalar: Unicode.Scalar, in table: Value
  ) throws -> Value? {
    let key = Value(Int(scalar.value))
    switch table.payload {
    case .dictionary(let dictionary): return try dictionary.value(forKey: key)
    case .list, .tuple, .string, .markup: return try table.subscripted(key)
    case .object(let object) where object.isSequence:
      return try table.subscripted(key)
    case .unknown: throw UnknownValue()
    default: throw table.notSubscriptable
    }
  }

  /// Python's `str.maketrans`: what `translate` takes.
  private static func translation(_ arguments: [Value]) throws -> Value {
    guard arguments.count <= 3 else {
      throw TemplateError(
        .type,
        "maketrans expected at most 3 arguments, got \(arguments.count)")
    }
    let table = ValueDictionary(mutable: ())
    guard arguments.count > 1 else {
      guard let given = arguments[0].dictionary else {
        throw TemplateError(
          .type,
          "if you give only one argument to maketrans it must be a dict")
      }
      for (key, value) in try given.entries() {
        guard let text = key.text else {
          guard key.integer != nil else {
            throw TemplateError(
              .type, "keys in translate table must be strings or integers")
          }
          try table.insert(key, value)
          continue
        }
        let scalars = Array(text.unicodeScalars)
        guard scalars.count == 1 else {
          throw TemplateError(
            .value, "string keys in translate table must be of length 1")
        }
        try table.insert(Value(Int(scalars[0].value)), value)
      }
      return Value(.dictionary(table))
    }
    let texts = try arguments.enumerated().map { place, value in
      Array(
        try text(value, "maketrans() argument \(place + 1)").unicodeScalars)
    }
    guard texts[0].count == texts[1].count else {
      throw TemplateError(
        .value, "the first two maketrans arguments must have equal length")
    }
    for (old, new) in zip(texts[0], texts[1]) {
      try table.insert(Value(Int(old.value)), Value(Int(new.value)))
    }
    if texts.count > 2 {
      for scalar in texts[2] {
        try table.insert(Value(Int(scalar.value)), Value.none)
      }
    }
    return Value(.dictionary(table))
  }

  /// A method that makes one text of another, character by character as far
  /// as marks go.
  private static func string(
    _ name: String, _ change: @escaping @Sendable (String) -> String
  ) -> Function {
    Function(
      name, "self", handlesMarks: true,
      single: { _, value in
        if !value.isMarked, case .string(let text) = value.payload {
          return Value(change(text))
        }
        return value.withText(Rewriting.whole(value, change))
      })
  }

  static func casefolded(_ text: String) -> String {
    var result = ""
    for scalar in PythonText.lower(text).unicodeScalars {
      let upper = scalar.properties.uppercaseMapping
      if scalar == "ς" || upper.unicodeScalars.count > 1 {
        // Ligatures and the like come apart when they change their case.
        result += PythonText.lower(upper).replacing("ς", with: "σ")
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func strip(
    _ name: String, left: Bool, right: Bool
  ) -> Function {
    Function(
      name, ["self", .init("chars", Value.none)], handlesMarks: true,
      single: { _, value in
        try Self.stripped(value, .none, name, left: left, right: right)
      },
      body: { _, call in
        try Self.stripped(call[0], call[1], name, left: left, right: right)
      })
  }

  static func stripped(
    _ value: Value, _ characters: Value, _ name: String, left: Bool = true,
    right: Bool = true
  ) throws -> Value {
    guard let source = value.text else { return value }
    let range: Range<Int>
    if characters.isNone {
      range = PythonText.stripped(source, left: left, right: right)
    } else {
      guard let set = characters.text else {
        throw TemplateError(
          .type, "\(name) arg must be None or str")
      }
      let scalars = Set(set.unicodeScalars)
      range = PythonText.stripped(source, left: left, right: right) {
        scalars.contains($0)
      }
    }
    return range.count == source.utf8.count ? value : value.slice(range)
  }

  private static func pad(_ name: String) -> Function {
    Function(
      name, ["self", "width", .init("fillchar", " ")], handlesMarks: true
    ) { context, call in
      let width = try size(call[1])
      try context.limits.check(text: width)
      let given = call[0].isMarkup ? try Escaping.escaped(call[2]) : call[2]
      guard let fill = given.text, fill.unicodeScalars.count == 1 else {
        throw TemplateError(
          .type, "The fill character must be exactly one character long")
      }
      return try padded(call[0], to: width, fill: fill, name)
    }
  }

  /// A string padded as `center`, `ljust` or `rjust` does.
  static func padded(
    _ value: Value, to width: Int, fill: String = " ", _ name: String
  ) throws -> Value {
    let count = try value.length() ?? 0
    guard width > count else { return value }
    let missing = width - count
    let left: Int
    switch name {
    case "center": left = missing / 2 + (missing & width & 1)
    case "rjust": left = missing
    default: left = 0
    }
    var builder = TextBuilder()
    builder.append(String(repeating: fill, count: left))
    try builder.append(value)
    builder.append(String(repeating: fill, count: missing - left))
    return value.withText(builder.value)
  }

  private static func removing(_ name: String, atEnd: Bool) -> Function {
    Function(name, ["self", "part"], handlesMarks: true) { _, call in
      let part = try text(call[1], "\(name)() argument")
      guard let source = call[0].text, !part.isEmpty else { return call[0] }
      let size = source.utf8.count
      let length = part.utf8.count
      if atEnd {
        return source.utf8.count >= length
          && source.utf8.suffix(length).elementsEqual(part.utf8)
          ? call[0].slice(0..<(size - length)) : call[0]
      }
      return source.utf8.starts(with: part.utf8)
        ? call[0].slice(length..<size) : call[0]
    }
  }

  /// The methods that MarkupSafe writes itself, in Python.
  static let writtenForMarkup: Set<String> = [
    "capitalize", "casefold", "center", "escape", "expandtabs", "format",
    "format_map", "join", "ljust", "lower", "lstrip", "partition",
    "removeprefix", "removesuffix", "replace", "rjust", "rpartition", "rsplit",
    "rstrip", "split", "splitlines", "strip", "striptags", "swapcase", "title",
    "translate", "unescape", "upper", "zfill",
  ]

  /// Methods of markup that differ from those of strings.
  static let ofMarkup: [String: Function] = methods([
    Function("striptags", ["self"]) { _, call in
      Value(Tags.stripped(call[0].text ?? ""))
    },
    Function("unescape", ["self"]) { _, call in
      Value(Tags.unescaped(call[0].text ?? ""))
    },
    Function("escape", ["self", "value"]) { _, call in
      try Escaping.escaped(call[1])
    },
  ])
}

extension Rewriting {
  /// A text made anew as a whole where it has no marks, and between the edges
  /// of its spans where it has.
  static func whole(_ value: Value, _ change: (String) -> String) -> Value {
    guard let text = value.text else { return value }
    guard value.isMarked else { return Value(change(text)) }
    let changed = change(text)
    var builder = TextBuilder()
    let spans = value.spans
    // Characters keep their places: marks follow them as long as no more and
    // no fewer come out; else the whole result is marked.
    if changed.unicodeScalars.count == text.unicodeScalars.count {
      var offset = 0
      for (before, after) in zip(text.unicodeScalars, changed.unicodeScalars) {
        let start = builder.count
        builder.append(String(after))
        for span in spans where span.range.contains(offset) {
          builder.mark(from: start, span.marks)
        }
        offset += before.utf8Width
      }
      return builder.value
    }
    return Value(changed).marked(value.marks)
  }
}
