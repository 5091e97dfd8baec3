// Filters on lists and dictionaries.

import Jinja

enum CollectionFilters {
  static let all: [Function] = [
    combine, extract, flatten, subelements, dictToItems, itemsToDict, zip,
    zipLongest, product, permutations("permutations", isOrdered: true),
    permutations("combinations", isOrdered: false), rekey,
  ]

  // MARK: Dictionaries

  private static let listMerges = [
    "replace", "keep", "append", "prepend", "append_rp", "prepend_rp",
  ]

  private static let combine = Function(
    "combine", handlesMarks: true, acceptsUnknown: true
  ) {
    context, arguments in
    var isRecursive = false
    var listMerge = "replace"
    for keyword in arguments.keywords {
      switch keyword.name {
      case "recursive": isRecursive = try keyword.value.isOn
      case "list_merge": listMerge = try keyword.value.str()
      default:
        throw TemplateError.plugin(
          "'recursive' and 'list_merge' are the only valid keyword arguments")
      }
    }
    let terms = try flattened(
      arguments.positional, levels: 1, skipsNulls: true, context)
    guard let last = terms.last else { return .dictionary([]) }
    var result = last
    var merging = Merging(isRecursive: isRecursive, listMerge: listMerge)
    for term in terms.dropLast().reversed() {
      result = try merging.merge(term, result, context)
    }
    return result
  }

  /// How dictionaries are merged.
  private struct Merging {
    let isRecursive: Bool
    let listMerge: String
    /// Dictionaries merged: one that holds another twice merges it twice.
    var count = 0

    mutating func merge(
      _ low: Value, _ high: Value, _ context: Context
    ) throws -> Value {
      try context.work()
      count += 1
      guard count <= mostMembers else { throw tooMany() }
      guard listMerges.contains(listMerge) else {
        throw TemplateError.plugin(
          "merge_hash: 'list_merge' argument can only be equal to 'replace', "
            + "'keep', 'append', 'prepend', 'append_rp' or 'prepend_rp'")
      }
      if low.isUnknown || high.isUnknown { return .unknown }
      guard let first = low.dictionary, let second = high.dictionary else {
        for value in [low, high] {
          if case .undefined(let undefined) = value.payload {
            throw undefined.error
          }
        }
        throw TemplateError.plugin(
          "failed to combine variables, expected dicts but got a "
            + "'\(low.typeName)' and a '\(high.typeName)'.")
      }
      let marks = low.marks.union(high.marks)
      if first.isEmpty { return high.marked(marks) }
      if second.isEmpty { return low.marked(marks) }
      let result = try first.merging(second) { try merged($0, $1, context) }
      return Value(.dictionary(result)).marked(marks)
    }

    private mutating func merged(
      _ low: Value, _ high: Value, _ context: Context
    ) throws -> Value {
      if isRecursive, low.dictionary != nil, high.dictionary != nil {
        return try merge(low, high, context)
      }
      guard low.dictionary == nil || high.dictionary == nil,
        let first = try low.list?.elements(),
        let second = try high.list?.elements()
      else { return high }
      let items: [Value]
      switch listMerge {
      case "append": items = first + second
      case "prepend": items = second + first
      case "append_rp", "prepend_rp":
        let known = MemberIndex(second)
        let kept = try first.filter { try !known.contains($0, context) }
        items = listMerge == "append_rp" ? kept + second : second + kept
      case "keep": return low
      default: return high
      }
      return Value(items).marked(low.marks.union(high.marks))
    }
  }

  static func contains(_ items: [Value], _ value: Value) throws -> Bool {
    for item in items where try item.isEqual(to: value) { return true }
    return false
  }

  private static let dictToItems = Plugin.make(
    "dict2items",
    ["mydict", Parameter("key_name", "key"), Parameter("value_name", "value")]
  ) { _, arguments in
    guard let dictionary = arguments[0].dictionary else {
      throw TemplateError(
        .type,
        "dict2items requires a dictionary, got "
          + "<class '\(arguments[0].typeName)'> instead.")
    }
    return Value(
      try dictionary.entries().map { entry in
        Value(
          .dictionary(
            try ValueDictionary(pairs: [
              (arguments[1], entry.key), (arguments[2], entry.value),
            ])))
      })
  }

  private static let itemsToDict = Plugin.make(
    "items2dict",
    ["mylist", Parameter("key_name", "key"), Parameter("value_name", "value")]
  ) { _, arguments in
    guard arguments[0].isSequence, let items = try arguments[0].sequence()
    else {
      throw TemplateError(
        .type,
        "items2dict requires a list, got <class '\(arguments[0].typeName)'> "
          + "instead.")
    }
    var pairs: [(Value, Value)] = []
    for item in items {
      if item.isUnknown { return .unknown }
      guard let dictionary = item.dictionary else {
        throw TemplateError(
          .type,
          "items2dict requires a list of dictionaries, got "
            + "\(try arguments[0].repr()) instead.")
      }
      guard let key = try dictionary.value(forKey: arguments[1]),
        let value = try dictionary.value(forKey: arguments[2])
      else {
        throw TemplateError(
          .type,
          "items2dict requires each dictionary in the list to contain the "
            + "keys '\(try arguments[1].str())' and "
            + "'\(try arguments[2].str())', got \(try arguments[0].repr()) "
            + "instead.")
      }
      pairs.append((key, value))
    }
    return Value(.dictionary(try ValueDictionary(pairs: pairs)))
  }

  private static let rekey = Plugin.make(
    "rekey_on_member",
    ["data", "key", Parameter("duplicates", "error")]
  ) { context, arguments in
    let duplicates = try arguments[2].str()
    guard ["error", "overwrite"].contains(duplicates) else {
      throw TemplateError.plugin(
        "duplicates parameter to rekey_on_member has unknown value "
          + PythonQuote.repr(duplicates))
    }
    let items: [Value]
    if let dictionary = arguments[0].dictionary {
      items = try dictionary.elements()
    } else if !arguments[0].isString, let members = try? arguments[0].members()
    {
      items = members
    } else {
      throw TemplateError.plugin("Type is not a valid list, set, or dict")
    }
    var pairs: [(Value, Value)] = []
    var known = MemberIndex()
    for item in items {
      guard let dictionary = item.dictionary else {
        throw TemplateError.plugin("List item is not a valid dict")
      }
      guard let key = try dictionary.value(forKey: arguments[1]) else {
        throw TemplateError.plugin(
          "Key \(try arguments[1].repr()) was not found.")
      }
      guard try duplicates == "overwrite" || !known.contains(key, context)
      else {
        throw TemplateError.plugin(
          "Key \(try key.repr()) is not unique, cannot convert to dict.")
      }
      known.insert(key)
      // Of equal keys the last one's value counts, at the place of the first.
      pairs.append((key, item))
    }
    return Value(.dictionary(try ValueDictionary(pairs: pairs)))
  }

  // MARK: Lists

  /// Lists inside lists made one list, `levels` deep; nil for all.
  static func flattened(
    _ items: [Value], levels: Int?, skipsNulls: Bool, _ context: Context
  ) throws -> [Value] {
    try context.work()
    var result: [Value] = []
    for item in items {
      if skipsNulls,
        item.isNone || item.text == "None" || item.text == "null"
      {
        continue
      }
      guard item.isSequence, let inner = try item.sequence(),
        levels.map({ $0 >= 1 }) ?? true
      else {
        result.append(item)
        continue
      }
      let marks = item.marks
      result += try flattened(
        inner, levels: levels.map { $0 - 1 }, skipsNulls: skipsNulls, context
      ).map { $0.marked(marks) }
      guard result.count <= mostMembers else { throw tooMany() }
    }
    return result
  }

  private static let flatten = Plugin.make(
    "flatten",
    ["mylist", Parameter("levels", Value.none), Parameter("skip_nulls", true)]
  ) { context, arguments in
    let levels =
      arguments[1].isNone ? nil : try arguments[1].wholeOption("levels")
    return Value(
      try flattened(
        try arguments[0].members(), levels: levels,
        skipsNulls: try arguments[2].isOn, context))
  }

  private static let extract = Plugin.make(
    "extract", ["item", "container", Parameter("morekeys", Value.none)],
    handlesMarks: true
  ) { context, arguments in
    var keys = [arguments[0]]
    if let more = try arguments[2].list?.elements() {
      keys += more
    } else if !arguments[2].isNone {
      keys.append(arguments[2])
    }
    var value = arguments[1]
    for key in keys {
      value = try ItemAccess.item(key, of: value, context)
    }
    return value
  }

  private static let subelements = Plugin.make(
    "subelements",
    ["obj", "subelements", Parameter("skip_missing", false)]
  ) { _, arguments in
    let elements: [Value]
    if let dictionary = arguments[0].dictionary {
      elements = try dictionary.elements()
    } else if let list = arguments[0].list {
      elements = try list.elements()
    } else {
      throw TemplateError.plugin(
        "obj must be a list of dicts or a nested dict")
    }
    let path: [Value]
    if let list = try arguments[1].list?.elements() {
      path = list
    } else if let text = arguments[1].text {
      path = text.split(separator: ".", omittingEmptySubsequences: false)
        .map { Value(String($0)) }
    } else {
      throw TemplateError(.type, "subelements must be a list or a string")
    }
    var result: [Value] = []
    for element in elements {
      let members = try members(
        of: element, at: path, skipsMissing: try arguments[2].isOn)
      guard result.count + members.count <= mostMembers else { throw tooMany() }
      result += members.map { .tuple([element, $0]) }
    }
    return Value(result)
  }

  private static func members(
    of element: Value, at path: [Value], skipsMissing: Bool
  ) throws -> [Value] {
    var value = element
    var last = Value.none
    for key in path {
      last = key
      guard let dictionary = value.dictionary else {
        throw TemplateError(
          .type,
          "the key \(try key.str()) should point to a dictionary, got "
            + "'\(try value.str())'")
      }
      guard let next = try dictionary.value(forKey: key) else {
        if skipsMissing { return [] }
        throw TemplateError.plugin(
          "could not find \(try key.repr()) key in iterated item "
            + (try value.repr()))
      }
      value = next
    }
    guard let items = try value.list?.elements() else {
      throw TemplateError(
        .type,
        "the key \(try last.repr()) should point to a list, got "
          + (try value.repr()))
    }
    return items
  }

  // MARK: Combinatorics

  /// No filter makes more members than this.
  static let mostMembers = 1_000_000

  static func tooMany() -> TemplateError {
    TemplateError(
      .limit, "the filter makes more than \(mostMembers) members")
  }

  private static let zip = Function("zip") { _, arguments in
    let lists = try arguments.positional.map { try $0.members() }
    let count = lists.map(\.count).min() ?? 0
    guard count <= mostMembers else { throw tooMany() }
    return Value(
      (0..<count).map { index in .tuple(lists.map { $0[index] }) })
  }

  private static let zipLongest = Function("zip_longest") { _, arguments in
    for keyword in arguments.keywords where keyword.name != "fillvalue" {
      throw TemplateError(
        .type, "zip_longest() got an unexpected keyword argument")
    }
    let fill = arguments["fillvalue"] ?? .none
    let lists = try arguments.positional.map { try $0.members() }
    let count = lists.map(\.count).max() ?? 0
    guard count <= mostMembers else { throw tooMany() }
    return Value(
      (0..<count).map { index in
        .tuple(lists.map { index < $0.count ? $0[index] : fill })
      })
  }

  private static let product = Function("product") { _, arguments in
    var lists = try arguments.positional.map { try $0.members() }
    if let count = try arguments["repeat"]?.wholeOption("repeat") {
      guard count >= 0 else {
        throw TemplateError(.value, "repeat argument cannot be negative")
      }
      guard count <= 64, count * lists.count <= 64 else { throw tooMany() }
      lists = Array(repeating: lists, count: count).flatMap { $0 }
    }
    var result: [[Value]] = [[]]
    for list in lists {
      guard result.count * list.count <= mostMembers else { throw tooMany() }
      result = result.flatMap { row in list.map { row + [$0] } }
    }
    return Value(result.map { .tuple($0) })
  }

  private static func permutations(
    _ name: String, isOrdered: Bool
  ) -> Function {
    let length: Parameter = isOrdered ? Parameter("r", Value.none) : "r"
    return Plugin.make(name, ["iterable", length]) { _, arguments in
      let items = try arguments[0].members()
      let count =
        arguments[1].isNone
        ? items.count : try arguments[1].wholeOption("r")
      guard count >= 0 else {
        throw TemplateError(.value, "r must be non-negative")
      }
      guard count <= items.count else { return [] }
      var rows: [[Int]] = [[]]
      for _ in 0..<count {
        var longer: [[Int]] = []
        for row in rows {
          let next = isOrdered ? 0 : (row.last ?? -1) + 1
          for index in items.indices.dropFirst(next)
          where !isOrdered || !row.contains(index) {
            guard longer.count < mostMembers else { throw tooMany() }
            longer.append(row + [index])
          }
        }
        rows = longer
      }
      return Value(rows.map { row in .tuple(row.map { items[$0] }) })
    }
  }
}

extension Value {
  /// Whether two keys of a dictionary are one.
  func isSameKey(_ other: Value) throws -> Bool {
    if let left = text, let right = other.text { return left == right }
    return try isEqual(to: other)
  }
}
