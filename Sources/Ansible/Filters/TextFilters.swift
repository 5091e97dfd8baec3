// Filters on texts: regular expressions, comments, splitting, type names.

import Jinja

enum TextFilters {
  /// The filters, with `regexes` as the place where compiled expressions are
  /// kept.
  static func all(_ regexes: RegexCache) -> [Function] {
    [
      regexReplace(regexes), regexSearch(regexes), regexFindAll(regexes),
      regexEscape, split, comment, typeDebug, bool, ternary, mandatory,
      defaulted("default"), defaulted("d"),
    ]
  }

  private static func flags(ignoreCase: Value, multiline: Value) throws
    -> RegexFlags
  {
    var flags: RegexFlags = []
    if try ignoreCase.isOn { flags.insert(.ignoreCase) }
    if try multiline.isOn { flags.insert(.multiline) }
    return flags
  }

  private static func pattern(_ value: Value) throws -> String {
    try value.requireText(
      "first argument must be string or compiled pattern")
  }

  private static func regexReplace(_ regexes: RegexCache) -> Function {
    Plugin.make(
      "regex_replace",
      [
        Parameter("value", ""), Parameter("pattern", ""),
        Parameter("replacement", ""), Parameter("ignorecase", false),
        Parameter("multiline", false), Parameter("count", 0),
        Parameter("mandatory_count", 0),
      ], handlesMarks: true
    ) { context, arguments in
      try Plugin.requireKnown(arguments)
      let limits = context.environment.options.limits
      let value = try arguments[0].string()
      let text = value.text ?? ""
      let regex = try regexes.regex(
        try pattern(arguments[1]),
        try flags(ignoreCase: arguments[3], multiline: arguments[4]))
      let replacement = arguments[2]
      let template = try RegexReplacement(
        try replacement.requireText(
          "decoding to str: need a bytes-like object, "
            + "\(replacement.typeName) found"), for: regex)
      let count = try arguments[5].wholeOption("count")
      let found = try regex.matches(in: text, most: count > 0 ? count : .max)
      let mandatory = try arguments[6].wholeOption("mandatory_count")
      if mandatory != 0, mandatory != found.count {
        throw TemplateError.plugin(
          "'\(regex.pattern)' should match \(mandatory) times, but matches "
            + "\(count) times in '\(text)'")
      }
      // What stays keeps its marks; what is put in has those of what it stands
      // for.
      var builder = TextBuilder()
      let bytes = Array(text.utf8)
      let spans = value.spans
      func keep(_ range: Range<Int>) {
        builder.append(
          String(decoding: bytes[range], as: UTF8.self),
          spans: spans.compactMap { span in
            let shared = span.range.clamped(to: range)
            return shared.isEmpty
              ? nil
              : Span(
                shared.lowerBound - range.lowerBound..<shared.upperBound
                  - range.lowerBound, span.marks)
          })
      }
      var position = 0
      for match in found {
        keep(position..<match.range.lowerBound)
        try limits.check(text: builder.count + template.size(of: match))
        var made: [UInt8] = []
        template.append(match, to: &made)
        var marks = replacement.marks.union(arguments[1].marks)
        for span in spans where span.range.overlaps(match.range) {
          marks.formUnion(span.marks)
        }
        builder.append(String(decoding: made, as: UTF8.self), marks: marks)
        position = match.range.upperBound
      }
      keep(position..<bytes.count)
      return builder.value
    }
  }

  private static func regexSearch(_ regexes: RegexCache) -> Function {
    Plugin.make(
      "regex_search", ["value", "regex"], isVariadic: true
    ) { _, arguments in
      let text = try arguments[0].str()
      var ignoreCase = Value.false
      var multiline = Value.false
      for keyword in arguments.keywords {
        switch keyword.name {
        case "ignorecase": ignoreCase = keyword.value
        case "multiline": multiline = keyword.value
        default: break
        }
      }
      let regex = try regexes.regex(
        try pattern(arguments[1]),
        try flags(ignoreCase: ignoreCase, multiline: multiline))
      let wanted = try arguments.positional.dropFirst(2).map {
        try group(try $0.str())
      }
      guard let match = try regex.search(text) else { return .none }
      guard !wanted.isEmpty else { return Value(match.text) }
      return Value(
        try wanted.map { group in
          let number: Int
          switch group {
          case .number(let given): number = given
          case .name(let name):
            guard let known = match.number(ofGroup: name) else {
              throw TemplateError(.index, "no such group")
            }
            number = known
          }
          guard (0...match.groupCount).contains(number) else {
            throw TemplateError(.index, "no such group")
          }
          return match.group(number).map { Value($0) } ?? .none
        })
    }
  }

  private enum Group {
    case number(Int)
    case name(String)
  }

  /// `\1` or `\g<name>`, as `regex_search` is asked for groups.
  private static func group(_ text: String) throws -> Group {
    if text.hasPrefix("\\g") {
      guard text.hasPrefix("\\g<"), let end = text.lastIndex(of: ">"),
        text.distance(from: text.startIndex, to: end) > 3
      else {
        throw TemplateError(
          .attribute, "'NoneType' object has no attribute 'group'")
      }
      return .name(
        String(text[text.index(text.startIndex, offsetBy: 3)..<end]))
    }
    guard text.hasPrefix("\\") else {
      throw TemplateError.plugin("Unknown argument")
    }
    guard
      let number = Int(
        text.dropFirst().prefix { $0.isASCII && $0.isNumber })
    else {
      throw TemplateError(
        .attribute, "'NoneType' object has no attribute 'group'")
    }
    return .number(number)
  }

  private static func regexFindAll(_ regexes: RegexCache) -> Function {
    Plugin.make(
      "regex_findall",
      [
        "value", "regex", Parameter("multiline", false),
        Parameter("ignorecase", false),
      ]
    ) { _, arguments in
      let regex = try regexes.regex(
        try pattern(arguments[1]),
        try flags(ignoreCase: arguments[3], multiline: arguments[2]))
      let found = try regex.matches(in: try arguments[0].str())
      return Value(
        found.map { match in
          switch regex.groupCount {
          case 0: Value(match.text)
          case 1: Value(match.group(1) ?? "")
          default:
            Value.tuple(
              (1...regex.groupCount).map { Value(match.group($0) ?? "") })
          }
        })
    }
  }

  private static let regexEscape = Plugin.make(
    "regex_escape", ["string", Parameter("re_type", "python")],
    handlesMarks: true
  ) { _, arguments in
    let kind = try arguments[1].str()
    switch kind {
    case "python":
      return try MarkedText.mapping(arguments[0]) {
        PythonRegex.escape(String(Character($0)))
      }
    case "posix_basic":
      return try MarkedText.mapping(arguments[0]) { scalar in
        "].[^$*\\".unicodeScalars.contains(scalar)
          ? "\\" + String(Character(scalar)) : String(Character(scalar))
      }
    case "posix_extended":
      throw TemplateError.plugin("Regex type (\(kind)) not yet implemented")
    default: throw TemplateError.plugin("Invalid regex type (\(kind))")
    }
  }

  private static let split = Plugin.make(
    "split",
    ["string", Parameter("sep", Value.none), Parameter("maxsplit", -1)],
    handlesMarks: true
  ) { context, arguments in
    try Plugin.requireKnown(arguments)
    let text = try arguments[0].requireText(
      "descriptor 'split' for 'str' objects doesn't apply to a "
        + "'\(arguments[0].typeName)' object")
    let pieces = PythonSplit.ranges(
      of: Array(text.utf8), separator: try separator(arguments[1]),
      most: try arguments[2].wholeOption("maxsplit"))
    let bytes = Array(text.utf8)
    let spans = arguments[0].spans
    return Value(
      pieces.map { range in
        var builder = TextBuilder()
        builder.append(
          String(decoding: bytes[range], as: UTF8.self),
          spans: spans.compactMap { span in
            let shared = span.range.clamped(to: range)
            return shared.isEmpty
              ? nil
              : Span(
                shared.lowerBound - range.lowerBound..<shared.upperBound
                  - range.lowerBound, span.marks)
          })
        return builder.value
      })
  }

  private static func separator(_ value: Value) throws -> [UInt8]? {
    if value.isNone { return nil }
    let text = try value.requireText(
      "must be str or None, not \(value.typeName)")
    guard !text.isEmpty else {
      throw TemplateError(.value, "empty separator")
    }
    return Array(text.utf8)
  }

  private static let typeDebug = Plugin.make(
    "type_debug", ["obj"], acceptsUndefined: true, handlesMarks: true
  ) { _, arguments in
    if arguments[0].isUnknown { return .unknown }
    if case .undefined = arguments[0].payload {
      return "UndefinedMarker"
    }
    return Value(
      arguments[0].typeName == "Markup" ? "str" : arguments[0].typeName)
  }

  private static let bool = Plugin.make("bool", ["value"]) { _, arguments in
    let value = arguments[0]
    if case .undefined(let undefined) = value.payload { throw undefined.error }
    var text = value.text?.lowercased()
    if text == nil, value.wholeNumber != nil {
      text = try value.str().lowercased()
    }
    switch text {
    case "yes", "on", "true", "1": return .true
    case "no", "off", "false", "0": return .false
    default: return Value(try value.isEqual(to: 1))
    }
  }

  private static let ternary = Plugin.picking(
    "ternary",
    ["value", "true_val", "false_val", Parameter("none_val", Value.none)]
  ) { _, arguments in
    let value = arguments[0]
    if value.isNone, !arguments[3].isNone { return arguments[3] }
    let picked = try value.truth() ? arguments[1] : arguments[2]
    return picked.marked(value.marks)
  }

  private static let mandatory = Plugin.picking(
    "mandatory", ["a", Parameter("msg", Value.none)]
  ) { _, arguments in
    guard case .undefined(let undefined) = arguments[0].payload else {
      return arguments[0]
    }
    if !arguments[1].isNone {
      throw TemplateError.plugin(try arguments[1].str())
    }
    let name = undefined.name?.text.map { PythonQuote.repr($0) + " " } ?? ""
    throw TemplateError.plugin("Mandatory variable \(name)not defined.")
  }

  /// Only what is undefined is replaced, and with `boolean` what is false.
  private static func defaulted(_ name: String) -> Function {
    Plugin.picking(
      name,
      [
        "value", Parameter("default_value", ""), Parameter("boolean", false),
      ]
    ) { _, arguments in
      guard case .bool(let isBoolean) = arguments[2].payload else {
        throw TemplateError(
          .type,
          "The 'boolean' argument must be of type 'bool', not "
            + "'\(arguments[2].typeName)'.")
      }
      if arguments[0].isUndefined { return arguments[1] }
      guard isBoolean, try !arguments[0].truth() else { return arguments[0] }
      return arguments[1]
    }
  }

  // MARK: Comments

  private struct CommentStyle {
    var beginning = ""
    var decoration = ""
    var end = ""
  }

  private static let commentStyles: [(String, CommentStyle)] = [
    ("plain", CommentStyle(decoration: "# ")),
    ("erlang", CommentStyle(decoration: "% ")),
    ("c", CommentStyle(decoration: "// ")),
    (
      "cblock",
      CommentStyle(beginning: "/*", decoration: " * ", end: " */")
    ),
    ("xml", CommentStyle(beginning: "<!--", decoration: " - ", end: "-->")),
  ]

  /// No comment begins or ends with more lines than this.
  private static let mostLines = 10_000

  private static let comment = Plugin.make(
    "comment", ["text", Parameter("style", "plain")], isVariadic: true
  ) { _, arguments in
    let name = try arguments[1].str()
    guard let style = commentStyles.first(where: { $0.0 == name })?.1 else {
      throw TemplateError.plugin(
        "Invalid style \(PythonQuote.repr(name)). Available styles: "
          + commentStyles.map(\.0).joined(separator: ", "))
    }
    func option(_ key: String, _ fallback: String) throws -> String {
      try arguments[key]?.str() ?? fallback
    }
    func count(_ key: String) throws -> Int {
      let lines = try written(key)
      guard lines <= mostLines else {
        throw TemplateError(
          .limit, "\(key) is more than \(mostLines)")
      }
      return lines
    }
    func written(_ key: String) throws -> Int {
      guard let value = arguments[key] else { return 1 }
      if let text = value.text {
        guard let number = Int(text) else {
          throw TemplateError(
            .value,
            "invalid literal for int() with base 10: \(PythonQuote.repr(text))")
        }
        return max(0, number)
      }
      return max(0, try value.wholeOption(key))
    }
    let decoration = try option("decoration", style.decoration)
    let newline = try option("newline", "\n")
    let margin = trimmedRight(decoration)
    let prefix = try option("prefix", margin)
    let postfix = try option("postfix", margin)
    let beginning = try option("beginning", style.beginning)
    let end = try option("end", style.end)
    let text = try arguments[0].requireText(
      "'\(arguments[0].typeName)' object has no attribute 'replace'")
    var result = beginning.isEmpty ? "" : beginning + newline
    if !prefix.isEmpty {
      let line = prefix == newline ? newline : prefix + newline
      result += String(repeating: line, count: try count("prefix_count"))
    }
    let body = decoration + text.replacing(newline, with: newline + decoration)
    result += body.replacing(
      decoration + newline, with: trimmedRight(decoration) + newline)
    for _ in 0..<(try count("postfix_count")) { result += newline + postfix }
    if !end.isEmpty { result += newline + end }
    return Value(result)
  }

  private static func trimmedRight(_ text: String) -> String {
    var text = text
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
