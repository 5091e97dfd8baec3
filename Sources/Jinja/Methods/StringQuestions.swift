// Methods of strings that ask, search and split.

extension Methods {
  static let stringAsking: [String: Function] = methods([
    asking("isdigit") { PythonText.isDigit($0) },
    asking("isdecimal") { $0.properties.numericType == .decimal },
    asking("isnumeric") { $0.properties.numericType != nil },
    asking("isalpha") { isAlpha($0) },
    asking("isalnum") { isAlpha($0) || $0.properties.numericType != nil },
    asking("isspace") { Whitespace.contains($0) },
    Function("isascii", ["self"]) { _, call in
      Value((call[0].text ?? "").utf8.allSatisfy { $0 < 0x80 })
    },
    Function("isprintable", ["self"]) { _, call in
      Value((call[0].text ?? "").unicodeScalars.allSatisfy(Quoted.isPrintable))
    },
    Function("isidentifier", ["self"]) { _, call in
      let scalars = (call[0].text ?? "").unicodeScalars
      guard let first = scalars.first else { return .false }
      return Value(
        (first == "_" || first.properties.isXIDStart)
          && scalars.allSatisfy { $0.properties.isXIDContinue })
    },
    Function("islower", ["self"]) { _, call in
      Value(PythonText.isLower(call[0].text ?? ""))
    },
    Function("isupper", ["self"]) { _, call in
      Value(PythonText.isUpper(call[0].text ?? ""))
    },
    Function("istitle", ["self"]) { _, call in
      var isInWord = false
      var hasCased = false
      for scalar in (call[0].text ?? "").unicodeScalars {
        let properties = scalar.properties
        if properties.isUppercase
          || properties.generalCategory == .titlecaseLetter
        {
          if isInWord { return .false }
          isInWord = true
          hasCased = true
        } else if properties.isLowercase {
          if !isInWord { return .false }
          hasCased = true
        } else {
          isInWord = false
        }
      }
      return Value(hasCased)
    },
    affix("startswith", atEnd: false), affix("endswith", atEnd: true),
    search("find", last: false, required: false),
    search("rfind", last: true, required: false),
    search("index", last: false, required: true),
    search("rindex", last: true, required: true),
    Function(
      "count",
      ["self", "sub", .init("start", Value.none), .init("end", Value.none)]
    ) { _, call in
      let part = try text(call[1], "count() argument 1")
      guard let (source, _) = try window(call) else { return 0 }
      if part.isEmpty { return Value(source.unicodeScalars.count + 1) }
      var count = 0
      var at = 0
      while let found = PythonText.find(part, in: source, from: at) {
        count += 1
        at = found + part.utf8.count
      }
      return Value(count)
    },
    Function(
      "split", ["self", .init("sep", Value.none), .init("maxsplit", -1)],
      handlesMarks: true
    ) { _, call in
      try split(call[0], call[1], try size(call[2]), fromEnd: false)
    },
    Function(
      "rsplit", ["self", .init("sep", Value.none), .init("maxsplit", -1)],
      handlesMarks: true
    ) { _, call in
      try split(call[0], call[1], try size(call[2]), fromEnd: true)
    },
    Function(
      "splitlines", ["self", .init("keepends", false)], handlesMarks: true
    ) { _, call in
      let keepEnds = try call[1].truth()
      return .fresh(
        PythonText.lines(call[0].text ?? "", keepEnds: keepEnds)
          .map { call[0].slice($0) })
    },
    partition("partition", last: false), partition("rpartition", last: true),
    Function(
      "encode", ["self", .init("encoding", "utf-8"), .init("errors", "strict")]
    ) {
      _, call in
      let name = try Codec.name(
        call[1], "encode() argument 'encoding'")
      let errors = try Codec.name(
        call[2], "encode() argument 'errors'")
      return Value(
        BytesObject(
          try Codec(name).encode(call[0].text ?? "", errors: errors)))
    },
  ])

  private static func asking(
    _ name: String, _ answer: @escaping @Sendable (Unicode.Scalar) -> Bool
  ) -> Function {
    Function(name, ["self"]) { _, call in
      let scalars = (call[0].text ?? "").unicodeScalars
      return Value(!scalars.isEmpty && scalars.allSatisfy(answer))
    }
  }

  private static func isAlpha(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter,
      .otherLetter:
      true
    default: false
    }
  }

  /// The part of a string between the start and end arguments, and the
  /// character it starts at; nil where the start is behind the end.
  private static func window(
    _ call: Arguments
  ) throws -> (text: String, start: Int)? {
    let source = call[0].text ?? ""
    if call[2].isNone && call[3].isNone { return (source, 0) }
    let count = source.unicodeScalars.count
    func clamp(_ value: Int) -> Int {
      value < 0 ? max(0, value + count) : min(value, count + 1)
    }
    let start = clamp(try integer(call[2]) ?? 0)
    let end = min(count, clamp(try integer(call[3]) ?? count))
    guard start <= end else { return nil }
    let scalars = source.unicodeScalars
    let from = scalars.index(scalars.startIndex, offsetBy: start)
    let to = scalars.index(from, offsetBy: end - start)
    return (String(scalars[from..<to]), start)
  }

  private static func affix(_ name: String, atEnd: Bool) -> Function {
    Function(
      name,
      ["self", "part", .init("start", Value.none), .init("end", Value.none)]
    ) { _, call in
      let parts: [Value]
      if case .tuple(let items) = call[1].payload {
        parts = items
      } else {
        parts = [call[1]]
      }
      _ = try window(call)
      for part in parts {
        guard let text = part.text else {
          try part.requireKnownName()
          throw TemplateError(
            .type,
            "\(name) first arg must be str or a tuple of str, not"
              + " \(part.typeName)")
        }
        guard let (source, _) = try window(call) else { continue }
        let found =
          atEnd
          ? source.utf8.count >= text.utf8.count
            && source.utf8.suffix(text.utf8.count).elementsEqual(text.utf8)
          : source.utf8.starts(with: text.utf8)
        if found { return .true }
      }
      return .false
    }
  }

  private static func search(
    _ name: String, last: Bool, required: Bool
  ) -> Function {
    Function(
      name,
      ["self", "sub", .init("start", Value.none), .init("end", Value.none)]
    ) { _, call in
      let part = try text(call[1], "\(name)() argument 1")
      if let (source, start) = try window(call) {
        let found =
          last
          ? PythonText.findLast(part, in: source, before: source.utf8.count)
          : PythonText.find(part, in: source)
        if let found {
          let index = source.utf8.index(source.startIndex, offsetBy: found)
          return Value(
            start
              + source.unicodeScalars.distance(
                from: source.startIndex, to: index))
        }
      }
      if required { throw TemplateError(.value, "substring not found") }
      return -1
    }
  }

  private static func partition(_ name: String, last: Bool) -> Function {
    Function(name, ["self", "sep"], handlesMarks: true) { _, call in
      let part = try text(call[1], "\(name)() argument")
      let source = call[0].text ?? ""
      if part.isEmpty { throw TemplateError(.value, "empty separator") }
      let found =
        last
        ? PythonText.findLast(part, in: source, before: source.utf8.count)
        : PythonText.find(part, in: source)
      guard let found else {
        let nothing: Value = call[0].isMarkup ? .markup("") : ""
        return .tuple(
          last ? [nothing, nothing, call[0]] : [call[0], nothing, nothing])
      }
      let end = found + part.utf8.count
      return .tuple([
        call[0].slice(0..<found), call[0].slice(found..<end),
        call[0].slice(end..<source.utf8.count),
      ])
    }
  }

  /// Python's `split` and `rsplit`.
  static func split(
    _ value: Value, _ separator: Value, _ limit: Int, fromEnd: Bool
  ) throws -> Value {
    let source = value.text ?? ""
    var ranges: [Range<Int>] = []
    if separator.isNone {
      ranges = words(source)
      if limit >= 0, ranges.count > limit + 1 {
        let size = source.utf8.count
        if fromEnd {
          let kept = ranges.suffix(limit)
          let end = ranges[ranges.count - limit - 1].upperBound
          ranges = [0..<end] + kept
          if limit == 0 {
            ranges = [0..<PythonText.stripped(source, left: false).upperBound]
          }
          // Only blanks at the far end are cut off.
        } else {
          let start = ranges[limit].lowerBound
          ranges = Array(ranges.prefix(limit)) + [start..<size]
        }
      }
      return .fresh(ranges.map { value.slice($0) })
    }
    let part = try text(
      separator, "must be str or None, not \(separator.typeName): separator")
    if part.isEmpty { throw TemplateError(.value, "empty separator") }
    let size = source.utf8.count
    if fromEnd {
      var end = size
      while limit < 0 || ranges.count < limit {
        guard let found = PythonText.findLast(part, in: source, before: end)
        else { break }
        ranges.append((found + part.utf8.count)..<end)
        end = found
      }
      ranges.append(0..<end)
      ranges.reverse()
    } else {
      var start = 0
      while limit < 0 || ranges.count < limit {
        guard let found = PythonText.find(part, in: source, from: start) else {
          break
        }
        ranges.append(start..<found)
        start = found + part.utf8.count
      }
      ranges.append(start..<size)
    }
    return .fresh(ranges.map { value.slice($0) })
  }

  /// The words of a text: what whitespace parts.
  private static func words(_ text: String) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start: Int?
    var offset = 0
    for scalar in text.unicodeScalars {
      if Whitespace.contains(scalar) {
        if let begin = start { result.append(begin..<offset) }
        start = nil
      } else if start == nil {
        start = offset
      }
      offset += scalar.utf8Width
    }
    if let start { result.append(start..<offset) }
    return result
  }
}
