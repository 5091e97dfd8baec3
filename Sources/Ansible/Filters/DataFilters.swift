// Filters between values and the texts of JSON and YAML.

import Jinja

enum DataFilters {
  static let all: [Function] = [
    toJSON("to_json", isNice: false), toJSON("to_nice_json", isNice: true),
    fromJSON, toYAML("to_yaml", isNice: false),
    toYAML("to_nice_yaml", isNice: true), fromYAML, fromYAMLAll,
  ]

  private static func toJSON(_ name: String, isNice: Bool) -> Function {
    let parameters: [Parameter] =
      isNice
      ? ["a", Parameter("indent", 4), Parameter("sort_keys", true)]
      : ["a", Parameter("profile", Value.none)]
    return Plugin.make(
      name, parameters, isVariadic: true, handlesMarks: true
    ) { context, arguments in
      var writer = JSONWriter()
      writer.limits = context.environment.options.limits
      var options = arguments.keywords
      if isNice {
        options += [
          ("indent", arguments[1]), ("sort_keys", arguments[2]),
        ]
        options.removeAll { $0.name == "separators" }
      }
      for option in options { try set(option.name, option.value, &writer) }
      let isSet = options.contains { $0.name == "separators" }
      if writer.indent != nil, !isSet { writer.itemSeparator = "," }
      // `to_nice_json` gives its own separators: the comma alone, also where
      // everything stands on one line.
      if isNice { writer.itemSeparator = "," }
      if isNice, writer.indent == nil { writer.itemSeparator = "," }
      return try writer.text(of: arguments[0])
    }
  }

  /// Every line has it, so that a large one fills the memory.
  private static let maximumIndent = 10_000

  private static func set(
    _ name: String, _ value: Value, _ writer: inout JSONWriter
  ) throws {
    switch name {
    case "indent":
      if value.isNone {
        writer.indent = nil
      } else if let text = value.text {
        writer.indent = text
      } else {
        let width = max(0, try value.wholeOption(name))
        guard width <= maximumIndent else {
          throw TemplateError(
            .value, "an indent of \(width) is more than \(maximumIndent)")
        }
        writer.indent = String(repeating: " ", count: width)
      }
    case "sort_keys": writer.sortsKeys = try value.isOn
    case "ensure_ascii": writer.isASCII = try value.isOn
    case "separators":
      if value.isNone { return }
      guard let pair = try value.sequence(), pair.count == 2,
        let item = pair[0].text, let key = pair[1].text
      else {
        throw TemplateError(
          .value, "not enough values to unpack (expected 2)")
      }
      writer.itemSeparator = item
      writer.keySeparator = key
    case "profile", "vault_to_text", "preprocess_unsafe", "skipkeys",
      "check_circular", "allow_nan":
      return
    default:
      throw TemplateError(
        .type,
        "JSONEncoder.__init__() got an unexpected keyword argument '\(name)'")
    }
  }

  private static let fromJSON = Plugin.make(
    "from_json", ["a", Parameter("profile", Value.none)], isVariadic: true
  ) { _, arguments in
    let bytes: [UInt8]
    if case .object(let object) = arguments[0].payload,
      let held = object as? PythonBytes
    {
      bytes = held.bytes
    } else {
      bytes = Array(
        try arguments[0].requireText(
          "the JSON object must be str, bytes or bytearray, not "
            + arguments[0].typeName
        ).utf8)
    }
    let marks = arguments[0].marks
    return try JSONReader.value(of: bytes, marks: marks)
  }

  private static func toYAML(_ name: String, isNice: Bool) -> Function {
    let parameters: [Parameter] =
      isNice ? ["a", Parameter("indent", 4)] : ["a"]
    return Plugin.make(
      name, parameters, isVariadic: true, handlesMarks: true
    ) { context, arguments in
      var emitter = YAMLEmitter()
      emitter.limits = context.environment.options.limits
      emitter.flow = isNice ? false : nil
      var options = arguments.keywords
      if isNice { options.append(("indent", arguments[1])) }
      for option in options { try set(option.name, option.value, &emitter) }
      return try emitter.text(of: arguments[0])
    }
  }

  private static func set(
    _ name: String, _ value: Value, _ emitter: inout YAMLEmitter
  ) throws {
    switch name {
    case "indent":
      emitter.indent = value.isNone ? 2 : try value.wholeOption(name)
    case "width":
      if value.isNone { return }
      if case .float(let number) = value.payload, number == .infinity {
        emitter.width = -1
      } else {
        emitter.width = try value.wholeOption(name)
      }
    case "default_flow_style":
      emitter.flow = value.isNone ? nil : try value.isOn
    case "sort_keys": emitter.sortsKeys = try value.isOn
    case "allow_unicode":
      throw TemplateError(
        .type,
        "yaml.dump() got multiple values for keyword argument "
          + "'allow_unicode'")
    case "canonical": emitter.isCanonical = try value.isOn
    case "explicit_start": emitter.hasStart = try value.isOn
    case "explicit_end": emitter.hasEnd = try value.isOn
    case "default_style": emitter.scalarStyle = value.text?.first
    case "line_break", "encoding", "version", "tags", "vault_to_text",
      "preprocess_unsafe":
      return
    default:
      throw TemplateError(
        .type,
        "dump_all() got an unexpected keyword argument '\(name)'")
    }
  }

  private static let fromYAML = Plugin.make("from_yaml", ["data"]) {
    _, arguments in
    if arguments[0].isNone { return .none }
    guard let text = arguments[0].text else { return arguments[0] }
    var constructor = YAMLConstructor(knowsAnsibleTags: false)
    let document = try YAML.read(text, file: "<from_yaml>")
    return Self.marked(
      try constructor.value(of: document), arguments[0].marks)
  }

  private static let fromYAMLAll = Plugin.make("from_yaml_all", ["data"]) {
    _, arguments in
    if arguments[0].isNone { return [] }
    guard let text = arguments[0].text else { return arguments[0] }
    var constructor = YAMLConstructor(knowsAnsibleTags: false)
    var values: [Value] = []
    for document in try YAML.readAll(
      Array(text.utf8), file: "<from_yaml_all>")
    {
      values.append(
        Self.marked(
          try constructor.value(of: document), arguments[0].marks))
    }
    return Value(values)
  }

  /// The value with marks on every scalar in it.
  private static func marked(_ value: Value, _ marks: Marks) -> Value {
    guard !marks.isEmpty else { return value }
    switch value.payload {
    case .list(let list):
      return Value(list.rawElements.map { marked($0, marks) })
    case .dictionary(let dictionary):
      let pairs = zip(dictionary.orderedKeys, dictionary.rawElements)
        .map { ($0, marked($1, marks)) }
      return (try? ValueDictionary(pairs: pairs)).map {
        Value(.dictionary($0))
      } ?? value.marked(marks)
    default: return value.marked(marks)
    }
  }
}
