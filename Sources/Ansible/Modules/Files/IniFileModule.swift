// `community.general.ini_file`: one option or section of an INI file, its other
// lines left as they are.

import Jinja
import OrderedCollections

struct IniFileModule: Module {
  let names = ["community.general.ini_file", "ini_file"]
  let refusedArguments = Set(FileAttributes.refused)

  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        ("path", .init("path", required: true, aliases: ["dest"])),
        ("section", .init("str")),
        (
          "section_has_values",
          .init(
            "list", elements: "dict",
            options: [
              "option": .init("str", required: true), "value": .init("str"),
              "values": .init("list", elements: "str"),
            ], rules: exclusiveValues)
        ),
        ("option", .init("str")), ("value", .init("str")),
        ("values", .init("list", elements: "str")),
        ("backup", .init("bool", default: false)),
        (
          "state",
          .init("str", default: "present", choices: ["absent", "present"])
        ),
        ("exclusive", .init("bool", default: true)),
        ("no_extra_spaces", .init("bool", default: false)),
        ("ignore_spaces", .init("bool", default: false)),
        ("allow_no_value", .init("bool", default: false)),
        ("modify_inactive_option", .init("bool", default: true)),
        ("create", .init("bool", default: true)),
        ("follow", .init("bool", default: false)),
      ] + FileAttributes.options), mutuallyExclusive: [["value", "values"]])

  private static let exclusiveValues: ValidationSpec.Rules = {
    var rules = ValidationSpec.Rules()
    rules.mutuallyExclusive = [["value", "values"]]
    return rules
  }()

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    let given = PlainText.of(arguments["path"] ?? "")
    let path = call.local(given)
    func flag(_ name: String) -> Bool { arguments[name]?.boolean ?? false }
    let values = try Self.values(arguments)
    let isPresent = arguments["state"]?.text != "absent"
    if isPresent, !flag("allow_no_value"), values.isEmpty {
      return .failure(
        "Parameter 'value(s)' must be defined if state=present and "
          + "allow_no_value=False.")
    }
    let place =
      flag("follow")
      ? call.machine.linkTarget(path).map {
        Paths.normalize(Paths.join(Paths.directory(of: path), $0))
      } ?? path : path
    var old = ""
    if call.search.files.exists(place) {
      old = try call.search.files.text(place)
      if old.unicodeScalars.first == "\u{FEFF}" {
        old.unicodeScalars.removeFirst()
      }
    } else if !flag("create") {
      if call.isPreview {
        // A task before it may make the file during the run.
        call.reportDecidedDuringRun("it edits a file that is not there yet")
        return .unknown
      }
      var result = ModuleResult.failure("Destination \(place) does not exist!")
      result.values["rc"] = 257
      return result
    }
    var edit = IniEdit(TextEditing.lines(of: old))
    edit.option = arguments["option"]?.text
    edit.values = values
    edit.isPresent = isPresent
    edit.isExclusive = flag("exclusive")
    edit.isNarrow = flag("no_extra_spaces")
    edit.ignoresSpaces = flag("ignore_spaces")
    edit.allowsNoValue = flag("allow_no_value")
    edit.takesInactive = flag("modify_inactive_option")
    edit.conditions =
      try arguments["section_has_values"]?.sequence()?.map { condition in
        let pairs = Parameters(
          try condition.dictionary?.pairs().map { ($0.key, $0.value) } ?? [],
          uniquingKeysWith: { $1 })
        return (
          option: pairs["option"]?.text ?? "", values: try Self.values(pairs)
        )
      } ?? []
    try edit.perform(section: arguments["section"]?.text ?? "")
    let text = edit.lines.joined()
    var settings = arguments
    settings["validate"] = nil
    let ended = try await TextEditing.write(
      edit.isChanged ? text : nil, to: place, saying: edit.message, settings,
      call)
    var result = ModuleResult(changed: ended.isChanged, message: edit.message)
    result.values["path"] = Value(given)
    result.values["diff"] = FileDiff.text(
      old, text,
      header: "\(given) (content)", call)
    if let backup = ended.backup {
      result.values["backup_file"] = Value(backup)
    }
    result.describeFile(call)
    return result
  }

  /// The values that `value` or `values` gives, each once.
  private static func values(_ arguments: Parameters) throws -> [String] {
    if let value = arguments["value"], !value.isNone {
      return [PlainText.of(value)]
    }
    var seen: [String] = []
    for value in try arguments["values"]?.sequence() ?? [] where !value.isNone {
      let text = PlainText.of(value)
      if !seen.contains(text) { seen.append(text) }
    }
    return seen
  }
}

/// The lines of an INI file and what is to stand in them.
///
/// By the rules of community.general's modules/ini_file.py. Lines hold their
/// newline.
private struct IniEdit {
  private(set) var lines: [String]
  private(set) var isChanged = false
  private(set) var message = "OK"
  var option: String?
  var values: [String] = []
  var isPresent = true
  var isExclusive = true
  var isNarrow = false
  var ignoresSpaces = false
  var allowsNoValue = false
  var takesInactive = true
  /// What a section must have to be the one that is meant.
  var conditions: [(option: String, values: [String])] = []

  init(_ lines: [String]) {
    self.lines = lines.isEmpty ? ["\n"] : lines
    if let last = self.lines.indices.last, self.lines[last].last != "\n" {
      self.lines[last] += "\n"
      isChanged = true
    }
  }

  /// One line as an assignment of an option.
  private struct Assignment {
    /// Whether the line is a comment.
    var isInactive: Bool
    var value: String
  }

  private static func assignment(
    _ line: String, of option: String
  ) throws -> Assignment? {
    let name = PythonRegex.escape(option)
    let regex = try PythonRegex(
      "( |\t)*([#;]?)( |\t)*(\(name))( |\t)*(=|$)( |\t)*(.*)")
    guard let found = try regex.match(line) else { return nil }
    return Assignment(
      isInactive: found.group(2)?.isEmpty == false,
      value: found.group(8) ?? "")
  }

  private static func activeAssignment(
    _ line: String, of option: String
  ) throws -> Assignment? {
    let name = PythonRegex.escape(option)
    let regex = try PythonRegex("( |\t)*(\(name))( |\t)*(=|$)( |\t)*(.*)")
    return try regex.match(line).map {
      Assignment(isInactive: false, value: $0.group(6) ?? "")
    }
  }

  private func line(_ option: String, _ value: String) -> String {
    isNarrow ? "\(option)=\(value)\n" : "\(option) = \(value)\n"
  }

  /// The lines of the section, its heading first; nil where there is none.
  ///
  /// What stands before the first section is that without a name.
  private func range(of section: String) throws -> Range<Int>? {
    var starts: [Int] = section.isEmpty ? [0] : []
    if !section.isEmpty {
      let name = PythonRegex.escape(String(section.stripped))
      let heading = try PythonRegex(#"^\[\s*\#(name)\s*]"#)
      starts = try lines.indices.filter {
        try heading.match(lines[$0]) != nil
      }
    }
    for start in starts {
      let from = section.isEmpty ? start : start + 1
      let end =
        lines[from...].firstIndex { $0.hasPrefix("[") } ?? lines.count
      if try holds(lines[start..<end]) { return start..<end }
    }
    return nil
  }

  private func holds(_ section: ArraySlice<String>) throws -> Bool {
    for condition in conditions {
      let isThere = try section.contains { line in
        guard let found = try Self.assignment(line, of: condition.option)
        else { return false }
        return condition.values.isEmpty
          || condition.values.contains(found.value)
      }
      if !isThere { return false }
    }
    return true
  }

  mutating func perform(section: String) throws {
    guard let range = try range(of: section) else {
      if isPresent { add(section) }
      return
    }
    var own = Array(lines[range])
    if isPresent {
      if let option { try set(option, in: &own, hasHeading: !section.isEmpty) }
    } else if let option {
      let kept = try own.filter { line in
        guard let found = try Self.activeAssignment(line, of: option) else {
          return true
        }
        return !isExclusive && !values.contains(found.value)
      }
      if kept != own, isExclusive || !values.isEmpty {
        own = kept
        note("option changed")
      }
    } else if !own.isEmpty || section.isEmpty {
      own = []
      note("section removed")
    }
    lines.replaceSubrange(range, with: own)
  }

  private mutating func note(_ sentence: String) {
    isChanged = true
    message = sentence
  }

  private mutating func set(
    _ option: String, in own: inout [String], hasHeading: Bool
  ) throws {
    func found(_ line: String) throws -> Assignment? {
      try takesInactive
        ? Self.assignment(line, of: option)
        : Self.activeAssignment(line, of: option)
    }
    var settled = Set<Int>()
    var standsAlone = false
    for index in own.indices {
      guard let match = try found(own[index]) else { continue }
      if values.contains(match.value) {
        let isAlone = match.value.isEmpty && allowsNoValue
        if isAlone { standsAlone = true }
        try replace(
          &own[index],
          with: isAlone ? "\(option)\n" : line(option, match.value), option)
        settled.insert(index)
        values.removeAll { $0 == match.value }
      } else if values.isEmpty, allowsNoValue {
        try replace(&own[index], with: "\(option)\n", option)
        settled.insert(index)
        standsAlone = true
        break
      }
    }
    if isExclusive, !allowsNoValue {
      for index in own.indices where !settled.contains(index) {
        guard let value = values.first else { break }
        guard try found(own[index]) != nil else { continue }
        try replace(&own[index], with: line(option, value), option)
        settled.insert(index)
        values.removeFirst()
      }
      // The first line is the section's heading.
      for index in own.indices.reversed()
      where (index > 0 || !hasHeading) && !settled.contains(index) {
        guard try found(own[index]) != nil else { continue }
        own.remove(at: index)
        note("option changed")
      }
    }
    let missing =
      !values.isEmpty
      ? values.map { line(option, $0) }
      : allowsNoValue && !standsAlone ? ["\(option)\n"] : []
    guard !missing.isEmpty else { return }
    // After the last line that is neither empty nor a comment.
    let last = own.lastIndex { line in
      let text = line.drop { $0 == " " || $0 == "\t" }
      return
        !(text == "\n" || text.isEmpty || text.first == "#"
        || text.first == ";")
    }
    guard last != nil || !hasHeading else { return }
    own.insert(contentsOf: missing, at: last.map { $0 + 1 } ?? 0)
    note("option added")
  }

  private mutating func replace(
    _ old: inout String, with new: String, _ option: String
  ) throws {
    var differs = old != new
    if ignoresSpaces, let before = try Self.assignment(old, of: option),
      !before.isInactive
    {
      differs =
        before.value != (try Self.assignment(new, of: option)?.value ?? "")
    }
    guard differs else { return }
    old = new
    note("option changed")
  }

  /// Puts a section at the end, with what its conditions ask for.
  private mutating func add(_ section: String) {
    lines.append("[\(section)]\n")
    message = "section and option added"
    isChanged = true
    for condition in conditions {
      if condition.option != option {
        if !condition.values.isEmpty {
          lines += condition.values.map { line(condition.option, $0) }
        } else if allowsNoValue {
          lines.append("\(condition.option)\n")
        }
      } else if !isExclusive {
        for value in condition.values where !values.contains(value) {
          values.append(value)
        }
      }
    }
    guard let option, !values.isEmpty || allowsNoValue else {
      message = "only section added"
      return
    }
    lines +=
      values.isEmpty ? ["\(option)\n"] : values.map { line(option, $0) }
  }
}
