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
    let path = call.local(PlainText.of(arguments["path"] ?? ""))
    let files = call.search.files
    let exists = files.exists(path)
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
    if !exists {
      if !isPresent {
        return ModuleResult(changed: false, message: "file not present")
      }
      if arguments["create"]?.boolean != true {
        return .failure("Destination \(path) does not exist !")
      }
    }
    let old = exists ? try files.text(path) : ""
    var lines = old.split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    let endsWithNewline = lines.last == ""
    if endsWithNewline || old.isEmpty { lines.removeLast() }
    let change = try change(&lines, arguments, isPresent: isPresent)
    let text =
      change == nil
      ? old : lines.joined(separator: "\n") + (lines.isEmpty ? "" : "\n")
    if change == nil, !exists {
      return ModuleResult(changed: false, message: "")
    }
    var result = try TextEditing.write(
      text, to: path, saying: change ?? "", makesFolders: true, arguments, call)
    if result.isFailed { return result }
    result.values["backup"] = result.values["backup_file"] ?? ""
    if !isPresent, change != nil { result.values["found"] = 1 }
    return result
  }

  /// Changes the lines; nil where they are as they should be.
  private func change(
    _ lines: inout [String], _ arguments: Parameters, isPresent: Bool
  ) throws -> String? {
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    let line = text("line")
    let regex = try text("regexp").map { try PythonRegex($0) }
    let searched = text("search_string")
    func matches(_ candidate: String) throws -> Bool {
      if let regex { return try regex.search(candidate) != nil }
      if let searched { return candidate.contains(searched) }
      return candidate == line
    }
    guard isPresent else {
      let kept = try lines.filter { try !matches($0) }
      let removed = lines.count - kept.count
      lines = kept
      return removed == 0 ? nil : "\(removed) line(s) removed"
    }
    guard let line else {
      throw AnsibleFailure("line is required with state=present")
    }
    let isFirst = arguments["firstmatch"]?.boolean == true
    let at =
      isFirst
      ? try lines.firstIndex(where: matches)
      : try lines.lastIndex(where: matches)
    if let at {
      var wanted = line
      if arguments["backrefs"]?.boolean == true, let regex {
        if let match = try regex.search(lines[at]) {
          var expanded: [UInt8] = []
          try RegexReplacement(line, for: regex)
            .append(match, to: &expanded)
          wanted = String(decoding: expanded, as: UTF8.self)
        }
      }
      if lines[at] == wanted { return nil }
      lines[at] = wanted
      return "line replaced"
    }
    if arguments["backrefs"]?.boolean == true { return nil }
    if regex != nil || searched != nil, lines.contains(line) { return nil }
    let before = text("insertbefore")
    let after = text("insertafter")
    if before == "BOF" {
      lines.insert(line, at: 0)
    } else if let pattern = before ?? after, pattern != "EOF" {
      let regex = try PythonRegex(pattern)
      let place =
        isFirst
        ? try lines.firstIndex { try regex.search($0) != nil }
        : try lines.lastIndex { try regex.search($0) != nil }
      if let place {
        lines.insert(line, at: before == nil ? place + 1 : place)
      } else {
        lines.append(line)
      }
    } else {
      lines.append(line)
    }
    return "line added"
  }
}
