// `command` and `shell`: programs on this machine.

import Jinja

struct CommandModule: Module {
  let names: [String]
  let usesShell: Bool

  static let command = CommandModule(
    names: ["ansible.builtin.command"], usesShell: false)
  static let shell = CommandModule(
    names: ["ansible.builtin.shell"], usesShell: true)

  private static let spec = ValidationSpec([
    "argv": .init("list", elements: "str"), "chdir": .init("path"),
    "cmd": .init("raw"), "creates": .init("path"), "removes": .init("path"),
    "executable": .init("path"), "stdin": .init("raw"),
    "stdin_add_newline": .init("bool", default: true),
    "strip_empty_ends": .init("bool", default: true),
    "expand_argument_vars": .init("bool", default: true),
    "_uses_shell": .init("bool"),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    let line = (call.free ?? arguments["cmd"]).flatMap {
      $0.isNone ? nil : PlainText.of($0)
    }
    let words = try arguments["argv"]?.sequence()?.map { PlainText.of($0) }
    guard (line?.isEmpty == false) || (words?.isEmpty == false) else {
      return .failure("no command given")
    }
    if line != nil, words != nil {
      return .failure("only command or argv can be given, not both")
    }
    if !usesShell, arguments["executable"]?.isNone == false {
      throw Refusal(.argument, "executable", at: call.task.place)
    }
    let directory = Paths.normalize(call.local(text("chdir") ?? "."))
    func path(_ name: String) -> String {
      Paths.join(directory, PathExpansion.expand(name))
    }
    if let creates = text("creates"),
      try Glob.matches(path(creates), call.search.files)
    {
      return skipped(
        call, "run command since '\(creates)' exists", line, words,
        output: "skipped, since \(creates) exists")
    }
    if let removes = text("removes"),
      try !Glob.matches(path(removes), call.search.files)
    {
      return skipped(
        call, "run command since '\(removes)' does not exist", line, words,
        output: "skipped, since \(removes) does not exist")
    }
    let program: [String]
    if usesShell {
      let shell = text("executable") ?? "/bin/sh"
      program = [shell, "-c", line ?? words?.joined(separator: " ") ?? ""]
    } else if let words {
      program = words
    } else {
      do {
        let words = try ShellWords.split(line ?? "")
        program =
          arguments["expand_argument_vars"]?.boolean == false
          ? words : words.map(PathExpansion.expand)
      } catch {
        return .failure("\(error)")
      }
    }
    if call.isPreview || call.isCheckMode {
      if call.isPreview {
        call.reportLocal(
          .command(
            usesShell ? [masked(call, line ?? "")] : maskedWords(call, program),
            usesShell: usesShell))
      }
      guard !call.isPreview else { return .unknown }
      var result = skipped(call, nil, line, words, output: "")
      // A condition on files says that it would run.
      if text("creates") != nil || text("removes") != nil {
        result.values["changed"] = true
      } else {
        result.values["skipped"] = true
      }
      return result
    }
    var input = Array((text("stdin") ?? "").utf8)
    if text("stdin") != nil, arguments["stdin_add_newline"]?.boolean ?? true {
      input.append(0x0A)
    }
    if !call.search.files.isDirectory(directory) {
      var result = failure(
        "Unable to change directory before execution.", program)
      result.values["rc"] = Value.none
      return result
    }
    let ended = try await call.machine.run(
      LocalCommand(
        program, directory: directory, environment: call.environment,
        input: input))
    if !ended.hasStarted {
      return failure("Error executing command.", program)
    }
    return result(
      of: ended, line: line, words: program,
      strips: arguments["strip_empty_ends"]?.boolean ?? true)
  }

  private func masked(_ call: ModuleCall, _ line: String) -> String {
    call.isSecret
      ? "********"
      : (call.free ?? call.arguments["cmd"]).map {
        PlainText.masked($0)
      } ?? line
  }

  private func maskedWords(_ call: ModuleCall, _ words: [String]) -> [String] {
    let secret =
      call.isSecret
      || call.free?.deepMarks().contains(.secret) == true
      || call.arguments.values.contains { $0.deepMarks().contains(.secret) }
    guard secret else { return words }
    return words.prefix(1) + ["********"]
  }

  /// The result of a command that was not run; without a reason, because
  /// nothing may change.
  private func skipped(
    _ call: ModuleCall, _ reason: String?, _ line: String?, _ words: [String]?,
    output: String
  ) -> ModuleResult {
    let message =
      reason.map { (call.isCheckMode ? "Would not " : "Did not ") + $0 }
      ?? "Command would have run if not in check mode"
    let command: Value =
      usesShell
      ? Value(line ?? words?.joined(separator: " ") ?? "")
      : .list(
        (words ?? (try? ShellWords.split(line ?? "")) ?? []).map {
          Value($0)
        })
    return ModuleResult([
      "changed": false, "rc": 0, "msg": Value(message), "cmd": command,
      "stdout": Value(output), "stderr": "",
      "stdout_lines": .list(output.isEmpty ? [] : [Value(output)]),
      "stderr_lines": .list([]),
    ])
  }

  private func failure(_ message: String, _ words: [String]) -> ModuleResult {
    var result = ModuleResult.failure(message)
    result.values["rc"] = 2
    result.values["cmd"] = Value(words.joined(separator: " "))
    for name in ["stdout", "stderr"] {
      result.values[name] = ""
      result.values[name + "_lines"] = .list([])
    }
    return result
  }

  private func result(
    of ended: LocalCommandResult, line: String?, words: [String], strips: Bool
  ) -> ModuleResult {
    func text(_ bytes: [UInt8]) -> Value {
      var text = String(decoding: bytes, as: UTF8.self)
      if strips {
        while text.hasSuffix("\n") || text.hasSuffix("\r") { text.removeLast() }
      }
      return Value(text).unsafe
    }
    func lines(_ value: Value) -> Value { OutputLines.of(value.text ?? "") }
    let output = text(ended.output)
    let errors = text(ended.errorOutput)
    var result = ModuleResult([
      "changed": true, "rc": Value(ended.exitCode), "stdout": output,
      "stderr": errors, "stdout_lines": lines(output),
      "stderr_lines": lines(errors),
    ])
    result.values["cmd"] =
      usesShell
      ? Value(line ?? "") : .list(words.map { Value($0) })
    result.values["msg"] =
      ended.exitCode == 0 ? "" : "non-zero return code"
    if ended.exitCode != 0 { result.values["failed"] = true }
    return result
  }
}

/// File names with `*`, `?` and `[…]`, as `creates` and `removes` take them.
enum Glob {
  /// Whether any file matches.
  static func matches(_ pattern: String, _ files: any SourceFiles) throws
    -> Bool
  {
    guard pattern.contains(where: { "*?[".contains($0) }) else {
      return files.exists(pattern)
    }
    let directory = Paths.directory(of: pattern)
    let name = Paths.name(of: pattern)
    let names =
      (try? files.names(in: directory.isEmpty ? "." : directory)) ?? []
    return names.contains { fits(Array($0), Array(name)) }
  }

  private static func fits(
    _ text: [Character], _ pattern: [Character]
  ) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    let rest = Array(pattern.dropFirst())
    switch first {
    case "*":
      return (0...text.count).contains { fits(Array(text[$0...]), rest) }
    case "?":
      return !text.isEmpty && fits(Array(text.dropFirst()), rest)
    case "[":
      guard let end = rest.firstIndex(of: "]"), let character = text.first
      else { return false }
      var set = rest[..<end]
      let isNegated = set.first == "!"
      if isNegated { set = set.dropFirst() }
      return set.contains(character) != isNegated
        && fits(Array(text.dropFirst()), Array(rest[(end + 1)...]))
    default:
      return text.first == first && fits(Array(text.dropFirst()), rest)
    }
  }
}
