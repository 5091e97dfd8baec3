// Lookups that read files of the project.

import Jinja

enum FileLookups {
  static let all: [(String, Lookups.Body)] = [
    ("file", files), ("unvault", unvaulted), ("fileglob", globs),
    ("first_found", firstFound), ("template", templates), ("ini", ini),
    ("csvfile", csv),
  ]

  private static func files(_ call: LookupCall) throws -> [Value] {
    try call.requireOptions("lstrip", "rstrip")
    return try call.terms.map { term in
      let name = try call.name(term)
      guard let path = try call.find(name, kind: "files") else {
        throw TemplateError.plugin(
          "Unable to access the file \(PythonQuote.repr(name)): "
            + "File not found. Use -vvvvv to see paths searched.")
      }
      let value = try call.content(of: path)
      var text = Substring(value.text ?? "")
      if try call.flag("lstrip") {
        text = text.drop { $0.isWhitespace }
      }
      if try call.flag("rstrip", true) {
        while let last = text.unicodeScalars.last, PythonSplit.isSpace(last) {
          text.unicodeScalars.removeLast()
        }
      }
      return Value(String(text)).with(origin: value.origin)
        .marked(value.marks)
    }
  }

  private static func unvaulted(_ call: LookupCall) throws -> [Value] {
    try call.terms.map { term in
      let name = try call.name(term)
      guard let path = try call.find(name, kind: "files") else {
        throw TemplateError.plugin(
          "Unable to find file matching \"\(name)\" ")
      }
      return try call.content(of: path)
    }
  }

  private static func globs(_ call: LookupCall) throws -> [Value] {
    try call.terms.flatMap { term -> [Value] in
      let pattern = try call.name(term)
      let name = Paths.name(of: pattern)
      var folders: [String] = []
      if name != pattern {
        folders = [
          try call.find(Paths.directory(of: pattern), kind: "files")
        ].compactMap { $0 }
      } else {
        for path in try call.searchStack {
          folders += [Paths.join(path, "files"), path]
        }
      }
      for folder in folders {
        let found = FileGlob.matches(Paths.join(folder, name), in: call.world)
          .filter { call.world.files.isFile($0) }
        if !found.isEmpty { return found.map { Value($0) } }
      }
      return []
    }
  }

  // MARK: First found

  private static func firstFound(_ call: LookupCall) throws -> [Value] {
    var skips = try call.flag("skip")
    var terms = call.terms.filter { !$0.isUndefined }
    guard terms.count == call.terms.count || call["_kind"] != nil else {
      for term in call.terms {
        if case .undefined(let undefined) = term.payload {
          throw undefined.error
        }
      }
      return []
    }
    if terms.isEmpty, let files = call["files"] { terms = try files.members() }
    let kind = try call.text("_kind", "")
    let names = try candidates(
      terms, paths: try list(call["paths"]), skips: &skips, call)
    for name in names {
      if let path = try call.find(name, kind: kind) { return [Value(path)] }
    }
    if skips { return [] }
    throw TemplateError.plugin("No file was found when using first_found.")
  }

  private static func candidates(
    _ terms: [Value], paths: [String], skips: inout Bool, _ call: LookupCall
  ) throws -> [String] {
    var result: [String] = []
    for term in terms {
      var names: [String]
      var folders = paths
      if let dictionary = term.dictionary {
        names = try list(try dictionary.value(forKey: "files"))
        folders = try list(try dictionary.value(forKey: "paths"), ",:;")
        skips = try dictionary.value(forKey: "skip")?.truth() ?? skips
      } else if term.isString {
        names = split(try call.name(term), ",;")
      } else if term.isSequence {
        result += try candidates(
          try term.members(), paths: paths, skips: &skips, call)
        continue
      } else if term.isUnknown {
        throw UnknownValue()
      } else {
        throw TemplateError.plugin(
          "Invalid term supplied. A string, dict or list is required, not "
            + "'\(term.typeName)').")
      }
      names = names.flatMap { split($0, ",;") }
      result +=
        folders.isEmpty
        ? names
        : folders.flatMap { folder in names.map { Paths.join(folder, $0) } }
    }
    return result
  }

  private static func list(_ value: Value?, _ marks: String = ",;") throws
    -> [String]
  {
    guard let value, !value.isNone else { return [] }
    if value.isUnknown { throw UnknownValue() }
    if let text = value.text { return split(text, marks) }
    return try value.members().flatMap { split(try $0.str(), marks) }
  }

  private static func split(_ text: String, _ marks: String) -> [String] {
    text.split { marks.contains($0) }.map { String($0.stripped) }
      .filter { !$0.isEmpty }
  }

  // MARK: Templates

  private static func templates(_ call: LookupCall) throws -> [Value] {
    try call.terms.map { term in
      let name = try call.name(term)
      guard let path = try call.find(name, kind: "templates") else {
        throw TemplateError.plugin(
          "the template file \(name) could not be found for the lookup")
      }
      let source = try call.content(of: path)
      var settings: [(String, Value)] = [("trim_blocks", true)]
      for option in call.options {
        switch option.name {
        case "variable_start_string", "variable_end_string",
          "comment_start_string", "comment_end_string", "trim_blocks",
          "lstrip_blocks":
          settings.append((option.name, option.value))
        default: continue
        }
      }
      let environment = call.context.environment
      let (text, overrides): (String, [(String, Value)])
      do {
        (text, overrides) = try TemplateFile.header(source.text ?? "")
      } catch let failure as AnsibleFailure {
        throw TemplateError.plugin(failure.message)
      }
      var options = try environment.options
        .overridden(by: ValueDictionary(settings))
        .overridden(by: ValueDictionary(overrides))
      // Only what stands in YAML keeps its backslashes.
      options.keepsBackslashes = false
      var extra = TemplateFile.variables(
        path: path, name: name,
        isManaged: try call.context.value(of: "ansible_managed") != nil)
      if let given = call["template_vars"]?.dictionary {
        for entry in try given.entries() {
          extra[try entry.key.str()] = entry.value
        }
      }
      let template = try call.templates.template(
        text, path: path, options: options, in: environment,
        folders: TemplateFolders.matter(to: text)
          ? TemplateFolders(lookup: try call.searchStack, template: path) : nil,
        files: call.world.files)
      let value = TrailingNewlines.keep(
        of: text,
        in: try template.renderValue(
          LayeredVariables(extra: extra, context: call.context)))
      return value.marked(source.marks.union(.unsafe))
    }
  }

  // MARK: Tables

  private static func ini(_ call: LookupCall) throws -> [Value] {
    var rules = IniText.Rules()
    return try call.terms.flatMap { term -> [Value] in
      var settings: [String: Value] = [:]
      for option in call.options { settings[option.name] = option.value }
      var key = try call.name(term)
      if key.contains("=") || key.stripped.contains(" ") {
        let words = key.split { $0.isWhitespace }.map(String.init)
        let keys = words.filter { !$0.contains("=") }
        for word in words where word.contains("=") {
          let pair = word.split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
          settings[String(pair[0])] = Value(String(pair[1]))
        }
        guard let first = keys.first else {
          throw TemplateError(
            .value,
            "No key to look up was provided as first term within string "
              + "inline options: \(key)")
        }
        key = first
      }
      func text(_ name: String, _ fallback: String) throws -> String {
        try settings[name]?.str() ?? fallback
      }
      func flag(_ name: String, _ fallback: Bool = false) throws -> Bool {
        guard let value = settings[name] else { return fallback }
        return TypeCheck.boolean(value) ?? fallback
      }
      let file = try text("file", "ansible.ini")
      guard let path = try call.find(file, kind: "files") else {
        throw TemplateError.plugin("Could not find the file \(file)")
      }
      rules.isCaseSensitive = try flag("case_sensitive")
      let allowsNone = try flag("allow_none")
      rules.allowsNoValue = allowsNone
      if try flag("allow_no_value") { rules.allowsNoValue = true }
      let content = try call.content(
        of: path, encoding: try text("encoding", "utf-8"))
      var source = content.text ?? ""
      var section = try text("section", "global")
      if try text("type", "ini") == "properties" {
        source = "[java_properties]\n" + source
        section = "java_properties"
      }
      let parsed: IniText
      do {
        parsed = try IniText(source, rules: rules)
      } catch let error as IniError {
        throw TemplateError(.value, error.message)
      }
      guard let options = parsed.options(of: section) else {
        throw TemplateError(
          .value,
          "No section \(PythonQuote.repr(section)) in "
            + "\(PythonQuote.repr(file)).")
      }
      let fills = try flag("interpolation", true)
      func value(_ text: String?) throws -> Value? {
        guard let text else { return nil }
        guard fills else { return Value(text).marked(content.marks) }
        do {
          let filled = try parsed.interpolated(text, in: section)
          return Value(filled).marked(content.marks)
        } catch {
          throw TemplateError(.value, error.message)
        }
      }
      if try flag("re") {
        let regex = try call.regexes.regex(key)
        return try options.filter { try regex.match($0.key) != nil }
          .compactMap { try value($0.value) }
      }
      let wanted = rules.isCaseSensitive ? key : key.lowercased()
      guard let found = options.first(where: { $0.key == wanted }) else {
        let fallback = settings["default"] ?? ""
        if fallback.isNone { return [] }
        return try fallback.list?.elements() ?? [fallback]
      }
      return [try value(found.value)].compactMap { $0 }
    }
  }

  private static func csv(_ call: LookupCall) throws -> [Value] {
    guard !call.terms.isEmpty else {
      throw TemplateError.plugin("Search key is required but was not found")
    }
    return try call.terms.flatMap { term -> [Value] in
      let written = try KeyValueArguments(try call.name(term))
      guard let key = written.free else {
        throw TemplateError.plugin("Search key is required but was not found")
      }
      var settings: [String: Value] = [:]
      for option in call.options { settings[option.name] = option.value }
      for pair in written.pairs { settings[pair.key] = Value(pair.value) }
      func text(_ name: String, _ fallback: String) throws -> String {
        try settings[name]?.str() ?? fallback
      }
      func number(_ name: String, _ fallback: Int) throws -> Int {
        guard let value = settings[name] else { return fallback }
        let text = try value.str()
        guard let number = value.integer ?? Int(text) else {
          throw TemplateError.plugin(
            "\(name) must be a whole number, not \(try value.repr())")
        }
        return number
      }
      let file = try text("file", "ansible.csv")
      guard let path = try call.find(file, kind: "files") else {
        throw TemplateError.plugin("Could not find the file \(file)")
      }
      var delimiter = try text("delimiter", "TAB")
      if delimiter == "TAB" { delimiter = "\t" }
      guard let mark = delimiter.unicodeScalars.first,
        delimiter.unicodeScalars.count == 1
      else {
        throw TemplateError(
          .type, "\"delimiter\" must be a 1-character string")
      }
      let content = try call.content(
        of: path, encoding: try text("encoding", "utf-8"))
      let keyColumn = try number("keycol", 0)
      let column = try number("col", 1)
      for row in CSVText.rows(content.text ?? "", delimiter: mark)
      where !row.isEmpty {
        guard row.indices.contains(keyColumn) else {
          throw TemplateError(.index, "list index out of range")
        }
        guard row[keyColumn] == key else { continue }
        guard row.indices.contains(column) else {
          throw TemplateError(.index, "list index out of range")
        }
        return [Value(row[column]).marked(content.marks)]
      }
      guard let fallback = settings["default"], !fallback.isNone else {
        return []
      }
      return try fallback.list?.elements() ?? [fallback]
    }
  }
}

/// The variables of a template with some above them.
struct LayeredVariables: Variables {
  let extra: [String: Value]
  let context: Context

  func value(of name: String) throws -> Value? {
    try extra[name] ?? context.value(of: name)
  }

  var names: [String] {
    Array(context.names.union(extra.keys))
  }
}
