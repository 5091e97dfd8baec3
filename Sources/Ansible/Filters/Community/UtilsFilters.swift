// `remove_keys` of ansible.utils: members taken out of data at every depth.

import Jinja

enum UtilsFilters {
  static let all: [Function] = [removeKeys]

  private static let removeKeys = Plugin.make(
    "remove_keys",
    ["data", "target", Parameter("matching_parameter", "equality")],
    handlesMarks: true
  ) { _, arguments in
    let data = arguments[0]
    guard data.list != nil || data.dictionary != nil else {
      throw TemplateError.plugin(
        "Error when using plugin 'remove_keys': Input is not valid for "
          + "attribute removal")
    }
    let targets = try TypeCheck.convert(arguments[1], to: "list").members()
      .map { try $0.str() }
    let matching = try arguments[2].str()
    let matches: (String) throws -> Bool
    switch matching {
    case "equality": matches = { targets.contains($0) }
    case "starts_with":
      matches = { key in targets.contains { key.hasPrefix($0) } }
    case "ends_with":
      matches = { key in targets.contains { key.hasSuffix($0) } }
    case "regex":
      let patterns = try targets.map { try PythonRegex($0) }
      matches = { key in try patterns.contains { try $0.match(key) != nil } }
    default:
      throw TemplateError.plugin(
        "['value of matching_parameter must be one of: starts_with, ends_with, "
          + "regex, got: \(matching)']")
    }
    return try removing(matches, from: data)
  }

  private static func removing(
    _ matches: (String) throws -> Bool, from value: Value
  ) throws -> Value {
    if let dictionary = value.dictionary {
      let kept = try dictionary.entries().compactMap {
        entry -> (Value, Value)? in
        if let key = entry.key.text, try matches(key) { return nil }
        return (entry.key, try removing(matches, from: entry.value))
      }
      return Value(.dictionary(try ValueDictionary(pairs: kept)))
        .marked(value.marks)
    }
    guard let items = try value.list?.elements() else { return value }
    // What is empty or false goes from lists, as in the real one.
    return .list(
      try items.map { try removing(matches, from: $0) }
        .filter { try $0.isUnknown || $0.truth() }
    ).marked(value.marks)
  }
}
