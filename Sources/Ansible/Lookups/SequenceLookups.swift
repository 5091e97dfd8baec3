// Lookups that only rearrange their terms: the ones behind `with_items` and its
// like.

import Jinja

enum SequenceLookups {
  static let all: [(String, Lookups.Body)] = [
    ("items", { flattened($0.terms) }),
    ("list", { $0.terms }),
    (
      "indexed_items",
      { call in
        flattened(call.terms).enumerated().map {
          .tuple([Value($0.offset), $0.element])
        }
      }
    ),
    (
      "flattened",
      {
        try CollectionFilters.flattened(
          $0.terms, levels: nil, skipsNulls: true, $0.context)
      }
    ),
    ("cartesian", nested), ("together", together), ("nested", nested),
    ("dict", dictionaries),
    ("sequence", sequence), ("subelements", subelements),
  ]

  /// The terms with lists among them taken apart, one level deep.
  private static func flattened(_ terms: [Value]) -> [Value] {
    terms.flatMap { term in
      term.isSequence
        ? ((try? term.sequence()) ?? nil) ?? [term] : [term]
    }
  }

  private static func together(_ call: LookupCall) throws -> [Value] {
    guard !call.terms.isEmpty else {
      throw TemplateError.plugin(
        "with_together requires at least one element in each list")
    }
    if call.terms.contains(where: \.isUnknown) { throw UnknownValue() }
    let lists = try call.terms.map { try $0.members() }
    let count = lists.map { $0.count }.max() ?? 0
    return (0..<count).map { index in
      Value(
        flattened(lists.map { index < $0.count ? $0[index] : .none }))
    }
  }

  private static func nested(_ call: LookupCall) throws -> [Value] {
    guard !call.terms.isEmpty else {
      throw TemplateError.plugin(
        "with_nested requires at least one element in the nested list")
    }
    if call.terms.contains(where: \.isUnknown) { throw UnknownValue() }
    var rows: [[Value]] = [[]]
    for term in call.terms {
      let items = try term.members()
      guard rows.count * items.count <= CollectionFilters.mostMembers else {
        throw CollectionFilters.tooMany()
      }
      rows = rows.flatMap { row in items.map { row + flattened([$0]) } }
    }
    return rows.map { Value($0) }
  }

  private static func dictionaries(_ call: LookupCall) throws -> [Value] {
    try call.terms.flatMap { term -> [Value] in
      if let dictionary = term.dictionary {
        return try dictionary.entries().map { entry in
          Value.dictionary([("key", entry.key), ("value", entry.value)])
        }
      }
      guard case .object(let object) = term.payload, object.isMapping else {
        throw TemplateError.plugin(
          "the 'dict' lookup plugin expects a dictionary, got "
            + "'\(try term.str())' of type <class '\(term.typeName)'>)")
      }
      return try term.members().map { key in
        Value.dictionary([
          ("key", key), ("value", try object.item(key) ?? .none),
        ])
      }
    }
  }

  // MARK: Sequence

  private static func sequence(_ call: LookupCall) throws -> [Value] {
    try call.requireOptions("start", "end", "stride", "count", "format")
    var terms = try call.terms.map { try call.name($0) }
    if terms.isEmpty, !call.options.isEmpty { terms = [""] }
    return try terms.flatMap { term -> [Value] in
      var settings: [String: String] = [:]
      for option in call.options {
        settings[option.name] = try option.value.str()
      }
      let shortcut = try call.regexes.regex(
        "^((0?x?[0-9a-f]+)-)?(0?x?[0-9a-f]+)(/(0?x?[0-9a-f]+))?(:(.+))?$",
        .ignoreCase)
      if let match = try shortcut.match(term) {
        for (name, group) in [
          ("start", 2), ("end", 3), ("stride", 5), ("format", 7),
        ] {
          if let text = match.group(group) { settings[name] = text }
        }
      } else {
        guard let pairs = try? KeyValueArguments(term) else {
          throw TemplateError.plugin(
            "unknown error parsing with_sequence arguments: "
              + PythonQuote.repr(term))
        }
        for pair in pairs.pairs { settings[pair.key] = pair.value }
        let odd =
          pairs.pairs.map(\.key).filter {
            !["start", "end", "stride", "count", "format"].contains($0)
          } + (pairs.free == nil ? [] : ["_raw_params"])
        guard odd.isEmpty else {
          throw TemplateError.plugin(
            "unrecognized arguments to with_sequence: ["
              + odd.map(PythonQuote.repr).joined(separator: ", ") + "]")
        }
      }
      return try numbers(settings)
    }
  }

  private static func numbers(_ settings: [String: String]) throws -> [Value] {
    func number(_ name: String) throws -> Int? {
      guard let text = settings[name] else { return nil }
      guard let value = Int(text) else {
        throw TemplateError.plugin(
          "Config '\(name)' for 'sequence' lookup plugin from 'Direct' has "
            + "an invalid value: Invalid value provided for 'integer': "
            + PythonQuote.repr(text))
      }
      return value
    }
    let start = try number("start") ?? 1
    let stride = try number("stride") ?? 1
    var end = try number("end")
    if let count = try number("count") {
      guard end == nil else {
        throw TemplateError.plugin(
          "can't specify both count and end in with_sequence")
      }
      guard count != 0 else { return [] }
      let (size, isTooLarge) = count.multipliedReportingOverflow(by: stride)
      let (sum, isTooFar) = start.addingReportingOverflow(size)
      guard !isTooLarge, !isTooFar, sum > .min else {
        throw CollectionFilters.tooMany()
      }
      end = sum - 1
    }
    guard let end else {
      throw TemplateError.plugin("must specify count or end in with_sequence")
    }
    if stride > 0, end < start {
      throw TemplateError.plugin("to count backwards make stride negative")
    }
    if stride < 0, end > start {
      throw TemplateError.plugin("to count forward don't make stride negative")
    }
    guard stride != 0 else { return [] }
    let format = settings["format"] ?? "%d"
    guard format.filter({ $0 == "%" }).count == 1 else {
      throw TemplateError.plugin("bad formatting string: \(format)")
    }
    let (span, isTooFar) = end.subtractingReportingOverflow(start)
    guard !isTooFar, span / stride < CollectionFilters.mostMembers else {
      throw CollectionFilters.tooMany()
    }
    return try Swift.stride(from: start, through: end, by: stride).map {
      guard let text = PercentFormat.text(format, $0) else {
        throw TemplateError.plugin(
          "problem formatting \($0) with \(PythonQuote.repr(format))")
      }
      return Value(text)
    }
  }

  // MARK: Subelements

  private static func subelements(_ call: LookupCall) throws -> [Value] {
    let expects = "subelements lookup expects a list of two or three items, "
    let terms = call.terms
    guard (2...3).contains(terms.count) else {
      throw TemplateError.plugin(expects)
    }
    guard let path = terms[1].text,
      terms[0].list != nil || terms[0].dictionary != nil
    else {
      throw TemplateError.plugin(
        expects
          + "first a dict or a list, second a string pointing to the subkey")
    }
    let skipsMissing =
      terms.count > 2
      ? TypeCheck.boolean(
        try terms[2].member("skip_missing") ?? false) ?? false : false
    let elements: [Value]
    if let dictionary = terms[0].dictionary {
      if let skipped = try dictionary.value(forKey: "skipped"),
        skipped.boolean != false
      {
        return []
      }
      elements = try dictionary.elements()
    } else {
      elements = try terms[0].members()
    }
    let keys = path.split(separator: ".", omittingEmptySubsequences: false)
      .map(String.init)
    return try elements.flatMap { element -> [Value] in
      guard element.dictionary != nil else {
        throw TemplateError.plugin(
          "subelements lookup expects a dictionary, got "
            + "'\(try element.str())'")
      }
      if let skipped = try element.member("skipped"), skipped.boolean != false {
        return []
      }
      return try pairs(of: element, at: keys, skipsMissing: skipsMissing)
    }
  }

  private static func pairs(
    of element: Value, at keys: [String], skipsMissing: Bool
  ) throws -> [Value] {
    var value = element
    for (index, key) in keys.enumerated() {
      guard let next = try value.member(key) else {
        if skipsMissing { return [] }
        throw TemplateError.plugin(
          "could not find '\(key)' key in iterated item "
            + "'\(try value.str())'")
      }
      if index + 1 < keys.count {
        guard next.dictionary != nil else {
          if skipsMissing { return [] }
          throw TemplateError.plugin(
            "the key \(key) should point to a dictionary, got "
              + "'\(try next.str())'")
        }
        value = next
        continue
      }
      guard let items = try next.list?.elements() else {
        throw TemplateError.plugin(
          "the key \(key) should point to a list, got '\(try next.str())'")
      }
      // The element is handed on without the list that was taken from it.
      let rest = try removing(keys[...], from: element)
      return items.map { .tuple([rest, $0]) }
    }
    return []
  }

  private static func removing(
    _ path: ArraySlice<String>, from value: Value
  ) throws -> Value {
    guard let dictionary = value.dictionary, let key = path.first else {
      return value
    }
    let pairs = try dictionary.entries().compactMap {
      entry -> (Value, Value)? in
      guard entry.key.text == key else { return (entry.key, entry.value) }
      return path.count == 1
        ? nil : (entry.key, try removing(path.dropFirst(), from: entry.value))
    }
    return Value(.dictionary(try ValueDictionary(pairs: pairs)))
      .marked(value.marks)
  }
}
