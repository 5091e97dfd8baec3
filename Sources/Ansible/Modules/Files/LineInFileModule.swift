// `lineinfile`: one line of a file on this machine.

import Jinja
import OrderedCollections

struct LineInFileModule: Module {
  let names = ["ansible.builtin.lineinfile"]
  let refusedArguments = Set(FileAttributes.refused)
  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        (
          "state",
          .init("str", default: "present", choices: ["absent", "present"])
        ),
        ("regexp", .init("str", aliases: ["regex"])),
        ("search_string", .init("str")),
        ("line", .init("str", aliases: ["value"])),
        ("insertafter", .init("str")), ("insertbefore", .init("str")),
        ("backrefs", .init("bool", default: false)),
        ("create", .init("bool", default: false)),
        ("firstmatch", .init("bool", default: false)),
      ] + TextEditing.options),
    mutuallyExclusive: [
      ["insertbefore", "insertafter"], ["regexp", "search_string"],
      ["backrefs", "search_string"],
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    let given = PlainText.of(arguments["path"] ?? "")
    let path = call.local(given)
    if call.search.files.isDirectory(path) {
      return .failure("Path \(given) is a directory !", ["rc": 256])
    }
    let isPresent = arguments["state"]?.text != "absent"
    func isGiven(_ name: String) -> Bool { arguments[name]?.isNone == false }
    if !isPresent,
      !["regexp", "search_string", "line"].contains(where: isGiven)
    {
      return .failure(
        "one of line, search_string, or regexp is required with state=absent")
    }
    if isPresent, arguments["backrefs"]?.boolean == true, !isGiven("regexp") {
      return .failure("regexp is required with backrefs=true")
    }
    if isPresent, !isGiven("line") {
      return .failure("line is required with state=present")
    }
    let old: String?
    switch try TextEditing.read(
      path, as: given,
      isMade: !isPresent || arguments["create"]?.boolean == true,
      noun: "Destination", call)
    {
    case .ended(let result): return result
    case .text(let text): old = text
    case .absent:
      if !isPresent {
        return ModuleResult(changed: false, message: "file not present")
      }
      old = nil
    }
    var lines = TextEditing.lines(of: old ?? "")
    let edit = LineEdit(arguments)
    var found = 0
    let message: String
    if isPresent {
      message = try edit.present(in: &lines)
    } else {
      found = try edit.absent(from: &lines)
      message = found == 0 ? "" : "\(found) line(s) removed"
    }
    let text = message.isEmpty ? nil : lines.joined()
    let ended = try await TextEditing.write(
      text, to: path, saying: message, arguments, call)
    var result = ModuleResult(
      changed: ended.isChanged, message: ended.message)
    result.values["backup"] = Value(ended.backup ?? "")
    if !isPresent { result.values["found"] = Value(found) }
    let diff = FileDiff.text(
      old ?? "",
      text ?? old ?? "", header: "\(given) (content)",
      call)
    result.values["diff"] =
      call.isCheckMode && old == nil
      ? diff : .list([diff, ended.attributes.value(ofAttributesOf: given)])
    return result
  }
}

/// The line that a task wants, and where.
///
/// By the rules of ansible-core's modules/lineinfile.py. Lines hold their
/// newline.
private struct LineEdit {
  let arguments: Parameters

  init(_ arguments: Parameters) { self.arguments = arguments }

  private func text(_ name: String) -> String? {
    arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
  }

  private func flag(_ name: String) -> Bool { arguments[name]?.boolean == true }

  private static func bare(_ line: String) -> Substring {
    var bare = line[...]
    while let last = bare.unicodeScalars.last, last == "\n" || last == "\r" {
      bare = Substring(bare.unicodeScalars.dropLast())
    }
    return bare
  }

  /// Takes the lines out that match; returns how many they were.
  func absent(from lines: inout [String]) throws -> Int {
    let regex = try text("regexp").map { try PythonRegex($0) }
    let searched = text("search_string")
    let wanted = text("line")
    let before = lines.count
    lines = try lines.filter { line in
      if let regex { return try regex.search(line) == nil }
      if let searched { return !line.contains(searched) }
      return wanted.map { Self.bare(line) != $0[...] } ?? true
    }
    return before - lines.count
  }

  /// Where the line is, and where else it may go.
  private struct Place {
    /// The last line that matches, or is the line itself.
    var match: Int?
    /// Whether the line matches the pattern, not only is as wanted.
    var isPattern = false
    /// The line before which a new one goes.
    var insertion: Int?
  }

  private func place(
    of line: String, in lines: [String], after: String?, before: String?
  ) throws -> Place {
    var place = Place()
    let regex = try text("regexp").map { try PythonRegex($0) }
    let searched = text("search_string")
    if regex != nil || searched != nil {
      for (number, line) in lines.enumerated() {
        let isMatch =
          try regex.map { try $0.search(line) != nil }
          ?? (searched.map { line.contains($0) } ?? false)
        guard isMatch else { continue }
        place.match = number
        place.isPattern = true
        if flag("firstmatch") { break }
      }
    }
    if place.isPattern { return place }
    var pattern: PythonRegex?
    if let after, !["BOF", "EOF"].contains(after) {
      pattern = try PythonRegex(after)
    } else if let before, before != "BOF" {
      pattern = try PythonRegex(before)
    }
    for (number, other) in lines.enumerated() {
      if Self.bare(other) == line[...] {
        place.match = number
      } else if let pattern, try pattern.search(other) != nil {
        place.insertion = after == nil ? number : number + 1
        if flag("firstmatch") { break }
      }
    }
    return place
  }

  /// Puts the line where it is not; returns what was done, or nothing.
  func present(in lines: inout [String]) throws -> String {
    let line = text("line") ?? ""
    let before = text("insertbefore")
    let after = text("insertafter") ?? (before == nil ? "EOF" : nil)
    let place = try place(of: line, in: lines, after: after, before: before)
    let new = line + "\n"
    if let match = place.match {
      var wanted = line
      if flag("backrefs"), place.isPattern, let pattern = text("regexp") {
        let regex = try PythonRegex(pattern)
        if let found = try regex.search(lines[match]) {
          var expanded: [UInt8] = []
          try RegexReplacement(line, for: regex).append(found, to: &expanded)
          wanted = String(decoding: expanded, as: UTF8.self)
        }
      }
      if !wanted.hasSuffix("\n") { wanted += "\n" }
      if lines[match] == wanted { return "" }
      lines[match] = wanted
      return "line replaced"
    }
    if flag("backrefs") { return "" }
    if before == "BOF" || after == "BOF" {
      lines.insert(new, at: 0)
      return "line added"
    }
    guard after != "EOF", let insertion = place.insertion else {
      if let last = lines.last, Self.bare(last).count == last.count {
        lines.append("\n")
      }
      lines.append(new)
      return "line added"
    }
    guard after != nil else {
      lines.insert(new, at: insertion)
      return "line added"
    }
    if insertion == lines.count {
      if Self.bare(lines[insertion - 1]) == line[...] { return "" }
      lines.append(new)
    } else {
      if Self.bare(lines[insertion]) == line[...] { return "" }
      lines.insert(new, at: insertion)
    }
    return "line added"
  }
}
