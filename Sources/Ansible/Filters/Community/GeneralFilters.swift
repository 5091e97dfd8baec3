// Filters of community.general that roles for Kubernetes use.

import Jinja

enum GeneralFilters {
  /// The filters, with chance as `world` allows it.
  static func all(_ world: PluginWorld) -> [Function] {
    [
      dictKV, dict, fromIni, toIni, jsonQuery, counter, groupByAsDict,
      versionSort, randomMAC(world), lists("lists_union"),
      lists("lists_intersect"), lists("lists_difference"),
      lists("lists_symmetric_difference"), mergeBy,
      keys("keep_keys", keeps: true), keys("remove_keys", keeps: false), crc32,
    ]
  }

  private static let dictKV = Plugin.make("dict_kv", ["value", "key"]) {
    _, arguments in
    Value(
      .dictionary(try ValueDictionary(pairs: [(arguments[1], arguments[0])])))
  }

  private static let dict = Plugin.make("dict", ["sequence"]) { _, arguments in
    var pairs: [(Value, Value)] = []
    for (index, item) in try arguments[0].members().enumerated() {
      let pair = try item.members()
      guard pair.count == 2 else {
        throw TemplateError(
          .value,
          "dictionary update sequence element #\(index) has length "
            + "\(pair.count); 2 is required")
      }
      pairs.append((pair[0], pair[1]))
    }
    return Value(.dictionary(try ValueDictionary(pairs: pairs)))
  }

  // MARK: INI

  private static let fromIni = Plugin.make("from_ini", ["obj"]) {
    _, arguments in
    let text = try arguments[0].requireText(
      "from_ini requires a str, got <class '\(arguments[0].typeName)'>")
    let parsed: IniText
    do {
      parsed = try IniText(text, rules: IniText.Rules(isCaseSensitive: true))
    } catch let error as IniError {
      throw TemplateError.plugin(
        "from_ini failed to parse given string: \(error.message)")
    }
    func value(_ options: [(key: String, value: String?)]) -> Value {
      .dictionary(
        options.map { option in
          (
            option.key,
            option.value.map { Value($0).marked(arguments[0].marks) } ?? .none
          )
        })
    }
    var result = parsed.sections.map { section in
      let own = parsed.defaults.options.map { inherited in
        (
          key: inherited.key,
          value: section[inherited.key] ?? inherited.value
        )
      }
      let rest = section.options.filter { parsed.defaults[$0.key] == nil }
      return (section.name, value(own + rest))
    }
    if !parsed.defaults.options.isEmpty {
      result.append(("DEFAULT", value(parsed.defaults.options)))
    }
    return .dictionary(result)
  }

  private static let toIni = Plugin.make(
    "to_ini", ["obj"], handlesMarks: true
  ) { _, arguments in
    if arguments[0].isUnknown { return .unknown }
    guard let dictionary = arguments[0].dictionary else {
      throw TemplateError.plugin(
        "to_ini requires a dict, got <class '\(arguments[0].typeName)'>")
    }
    guard !dictionary.isEmpty else {
      throw TemplateError.plugin(
        "to_ini received an empty dict. An empty dict cannot be converted.")
    }
    var builder = TextBuilder()
    var entries = try dictionary.entries()
    // The section of defaults stands first.
    if let place = entries.firstIndex(where: { $0.key.text == "DEFAULT" }) {
      entries.insert(entries.remove(at: place), at: 0)
    }
    for entry in entries {
      let name = try entry.key.str()
      guard let options = entry.value.dictionary else {
        throw TemplateError.plugin(
          "to_ini failed to parse given dict:"
            + "'\(entry.value.typeName)' object has no attribute 'items'")
      }
      if name == "DEFAULT", options.isEmpty { continue }
      builder.append("[\(name)]\n")
      for option in try options.entries() {
        builder.append(try option.key.str())
        guard !option.value.isNone else {
          throw TemplateError.plugin(
            "to_ini failed to parse given dict:option values must be strings")
        }
        do {
          builder.append(" = ")
          // A value's further lines are set in.
          let value = try MarkedText.mapping(option.value) {
            $0 == "\n" ? "\n\t" : String(Character($0))
          }
          builder.append(
            option.value.isUnknown
              ? Value.unknownPlaceholder : value.text ?? "",
            spans: option.value.isUnknown
              ? [Span(0..<Value.unknownPlaceholder.utf8.count, .unknown)]
              : value.spans)
        }
        builder.append("\n")
      }
      builder.append("\n")
    }
    // The last of the two line ends is not part of the text.
    let whole = builder.value
    let text = String((whole.text ?? "").dropLast())
    return Value(text).marked(whole.spans)
  }

  // MARK: Queries

  private static let jsonQuery = Plugin.make("json_query", ["data", "expr"]) {
    _, arguments in
    let expression = try arguments[1].requireText(
      "json_query takes an expression as text")
    do {
      return try JMESPath(expression).search(arguments[0])
    } catch let error as JMESPath.Failure {
      throw TemplateError.plugin(
        "JMESPathError in json_query filter plugin:\n\(error.message)")
    }
  }

  private static let counter = Plugin.make("counter", ["sequence"]) {
    _, arguments in
    var counts: [(Value, Int)] = []
    for item in try arguments[0].members() {
      if item.list != nil || item.dictionary != nil {
        throw TemplateError.plugin(
          "community.general.counter needs a sequence with hashable elements "
            + "(int, float or str) - unhashable type: '\(item.typeName)'")
      }
      if let place = counts.firstIndex(where: { $0.0 == item }) {
        counts[place].1 += 1
      } else {
        counts.append((item, 1))
      }
    }
    return Value(
      .dictionary(
        try ValueDictionary(pairs: counts.map { ($0.0, Value($0.1)) })))
  }

  private static let groupByAsDict = Plugin.make(
    "groupby_as_dict", ["sequence", "attribute"]
  ) { _, arguments in
    guard arguments[0].isSequence else {
      throw TemplateError.plugin("Input is not a sequence")
    }
    var pairs: [(Value, Value)] = []
    for (index, item) in try arguments[0].members().enumerated() {
      guard let dictionary = item.dictionary else {
        throw TemplateError.plugin(
          "Sequence element #\(index) is not a mapping")
      }
      guard let key = try dictionary.value(forKey: arguments[1]) else {
        throw TemplateError.plugin(
          "Attribute not contained in element #\(index) of sequence")
      }
      guard try !pairs.contains(where: { try $0.0.isSameKey(key) }) else {
        throw TemplateError.plugin(
          "Multiple sequence entries have attribute value \(try key.repr())")
      }
      pairs.append((key, item))
    }
    return Value(.dictionary(try ValueDictionary(pairs: pairs)))
  }

  private static let versionSort = Plugin.make(
    "version_sort", ["value", Parameter("reverse", false)]
  ) { _, arguments in
    let items = try arguments[0].members()
    let texts = try items.map { try $0.str() }
    let isReversed = try arguments[1].isOn
    // An insertion sort, since it is stable and may throw.
    var order: [Int] = []
    for index in items.indices {
      var place = order.count
      while place > 0 {
        let before = order[place - 1]
        let isLess =
          isReversed
          ? try less(texts[before], texts[index])
          : try less(texts[index], texts[before])
        guard isLess else { break }
        place -= 1
      }
      order.insert(index, at: place)
    }
    return Value(order.map { items[$0] })
  }

  private static func less(_ left: String, _ right: String) throws -> Bool {
    do {
      return try Versions.holds(left, "lt", right, .loose)
    } catch {
      throw TemplateError(.type, error.message)
    }
  }

  private static func randomMAC(_ world: PluginWorld) -> Function {
    Plugin.make("random_mac", ["value", Parameter("seed", Value.none)]) {
      _, arguments in
      let value = try arguments[0].requireText(
        "Invalid value type (<class '\(arguments[0].typeName)'>) for "
          + "random_mac (\(try arguments[0].str()))"
      ).lowercased()
      let parts = value.split(
        separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 5 else {
        throw TemplateError.plugin(
          "Invalid value (\(value)) for random_mac: 5 colon(:) separated "
            + "items max")
      }
      let wrong = parts.compactMap { part in
        part.isEmpty
          ? "empty item"
          : part.prefix(2).count == 2 && part.prefix(2).allSatisfy(\.isHexDigit)
            ? nil : "\(part) not hexa byte"
      }
      guard wrong.isEmpty else {
        throw TemplateError.plugin(
          "Invalid value (\(value)) for random_mac: "
            + wrong.joined(separator: ","))
      }
      let low = 68_719_476_736
      let count = 1_099_511_627_775 - low + 1
      let drawn: Int
      if arguments[1].isNone {
        if world.isPreview { return .unknown }
        drawn = low + Int.random(in: 0..<count)
      } else {
        var twister = try MersenneTwister(seed: arguments[1])
        drawn = low + twister.below(count)
      }
      let digits = String(drawn, radix: 16).prefix(2 * (6 - parts.count))
      let pairs = stride(from: 0, to: digits.count, by: 2).map {
        digits.dropFirst($0).prefix(2)
      }
      return Value(
        value + pairs.map { $0.count == 2 ? ":\($0)" : "\($0)" }.joined())
    }
  }

  // MARK: Lists

  private static func lists(_ name: String) -> Function {
    Function(name) { context, arguments in
      var flattens = false
      for keyword in arguments.keywords {
        guard keyword.name == "flatten" else {
          throw TemplateError.plugin(
            "\(name)() got unexpected keywords arguments: \(keyword.name)")
        }
        flattens = try keyword.value.isOn
      }
      var lists = arguments.positional
      if flattens { lists = try flattened(lists) }
      guard let first = lists.first else { return [] }
      guard lists.count > 1 else { return first }
      var result = try first.members()
      for other in lists.dropFirst() {
        let items = try other.members()
        let known = MemberIndex(items)
        switch name {
        case "lists_union": result += items
        case "lists_intersect":
          result = try result.filter { try known.contains($0, context) }
        case "lists_difference":
          result = try result.filter { try !known.contains($0, context) }
        default:
          let left = MemberIndex(result)
          result =
            try result.filter { try !known.contains($0, context) }
            + items.filter { try !left.contains($0, context) }
        }
      }
      return Value(try MathFilters.distinct(result, context))
    }
  }

  private static func flattened(_ lists: [Value]) throws -> [Value] {
    try lists.flatMap { list -> [Value] in
      guard list.isSequence else {
        throw TemplateError.plugin(
          "All arguments must be lists. \(try list.str()) is "
            + "<class '\(list.typeName)'>")
      }
      let items = try list.members()
      if items.isEmpty { return [] }
      return items.allSatisfy(\.isSequence) ? items : [list]
    }
  }

  private static let mergeBy = Function("lists_mergeby") { context, arguments in
    guard arguments.positional.count > 1, let index = arguments.positional.last
    else {
      throw TemplateError.plugin("At least one list and index are needed.")
    }
    let lists = try flattened(Array(arguments.positional.dropLast()))
    guard lists.count > 1 else { return lists.first ?? [] }
    guard index.isString else {
      throw TemplateError.plugin(
        "First argument after the lists for community.general.lists_mergeby "
          + "must be string. \(try index.str()) is "
          + "<class '\(index.typeName)'>")
    }
    var merged: [(key: Value, value: Value)] = []
    for list in lists {
      for item in try list.members() {
        guard let dictionary = item.dictionary else {
          throw TemplateError.plugin(
            "Elements of list arguments for lists_mergeby must be "
              + "dictionaries. \(try item.str()) is "
              + "<class '\(item.typeName)'>")
        }
        guard let key = try dictionary.value(forKey: index) else { continue }
        if let place = try merged.firstIndex(where: {
          try $0.key.isSameKey(key)
        }) {
          merged[place].value = try context.apply(
            filter: "ansible.builtin.combine", to: merged[place].value, [item],
            keywords: arguments.keywords)
        } else {
          merged.append((key, item))
        }
      }
    }
    guard let sorted = PythonOrder.sorted(merged, key: { $0.key }) else {
      throw TemplateError(
        .type, "the values of the index are of types that have no order")
    }
    return Value(sorted.map(\.value))
  }

  private static func keys(_ name: String, keeps: Bool) -> Function {
    Plugin.make(
      name,
      [
        "data", Parameter("target", Value.none),
        Parameter("matching_parameter", "equal"),
      ]
    ) { _, arguments in
      let targets =
        arguments[1].isString
        ? [arguments[1]]
        : arguments[1].isNone ? [] : try arguments[1].members()
      let wanted = try targets.map { try $0.str() }
      let kind = try arguments[2].str()
      func matches(_ key: String) throws -> Bool {
        switch kind {
        case "equal": return wanted.contains(key)
        case "starts_with": return wanted.contains { key.hasPrefix($0) }
        case "ends_with": return wanted.contains { key.hasSuffix($0) }
        case "regex":
          return try wanted.contains { try PythonRegex($0).match(key) != nil }
        default:
          throw TemplateError.plugin(
            "Unsupported matching_parameter for \(name): \(kind)")
        }
      }
      return Value(
        try arguments[0].members().map { item in
          guard let dictionary = item.dictionary else {
            throw TemplateError.plugin(
              "Items in the first argument must be dictionaries.")
          }
          return Value(
            .dictionary(
              try ValueDictionary(
                pairs: try dictionary.entries().filter {
                  try matches(try $0.key.str()) == keeps
                }.map { ($0.key, $0.value) })))
        })
    }
  }

  /// The checksum of IEEE 802.3, in hexadecimal without padding.
  private static let crc32 = Plugin.make("crc32", ["value"]) { _, arguments in
    let text = try arguments[0].requireText(
      "Invalid value type (<class '\(arguments[0].typeName)'>) for crc32 "
        + "(\(try arguments[0].repr()))")
    var sum: UInt32 = .max
    for byte in text.utf8 {
      sum ^= UInt32(byte)
      for _ in 0..<8 {
        sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1
      }
    }
    return Value(String(sum ^ .max, radix: 16))
  }
}
