// `blockinfile`: lines between two markers in a file of this machine.

import Jinja
import OrderedCollections

struct BlockInFileModule: Module {
  let names = ["ansible.builtin.blockinfile"]
  let refusedArguments = Set(FileAttributes.refused)
  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        (
          "state",
          .init("str", default: "present", choices: ["absent", "present"])
        ),
        ("marker", .init("str", default: "# {mark} ANSIBLE MANAGED BLOCK")),
        ("block", .init("str", default: "", aliases: ["content"])),
        ("insertafter", .init("str")), ("insertbefore", .init("str")),
        ("create", .init("bool", default: false)),
        ("marker_begin", .init("str", default: "BEGIN")),
        ("marker_end", .init("str", default: "END")),
        ("append_newline", .init("bool", default: false)),
        ("prepend_newline", .init("bool", default: false)),
        ("encoding", .init("str", default: "utf-8")),
      ] + TextEditing.options),
    mutuallyExclusive: [["insertbefore", "insertafter"]])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    try FileAttributes.checkEncoding(arguments["encoding"], call)
    let given = PlainText.of(arguments["path"] ?? "")
    let path = call.local(given)
    let isPresent = arguments["state"]?.text != "absent"
    let old: String?
    switch try TextEditing.read(
      path, as: given, isMade: arguments["create"]?.boolean == true, call)
    {
    case .ended(let result): return result
    case .text(let text): old = text
    case .absent:
      if !isPresent {
        return ModuleResult(
          changed: false, message: "File \(given) not present")
      }
      old = nil
    }
    let (text, hasBlock) = try changed(
      old ?? "", arguments, isPresent: isPresent)
    let change =
      text == old
      ? ""
      : old == nil
        ? "File created" : hasBlock ? "Block inserted" : "Block removed"
    let ended = try await TextEditing.write(
      text == old ? nil : text, to: path, saying: change, arguments, call)
    var result = ended.result
    let diff = FileDiff.text(
      old ?? "", text,
      header: "\(given) (content)", call)
    result.values["diff"] =
      call.isCheckMode && old == nil
      ? diff : .list([diff, ended.attributes.value(ofAttributesOf: given)])
    return result
  }

  /// The text with its block as it should be, and whether it has one.
  ///
  /// By the rules of ansible-core's blockinfile.py.
  private func changed(
    _ old: String, _ arguments: Parameters, isPresent: Bool
  ) throws -> (text: String, hasBlock: Bool) {
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    func flag(_ name: String) -> Bool { arguments[name]?.boolean ?? false }
    func marker(_ name: String) -> String {
      (text("marker") ?? "")
        .replacing("{mark}", with: text(name) ?? "") + "\n"
    }
    var lines = TextEditing.lines(of: old)
    let begin = marker("marker_begin")
    let end = marker("marker_end")
    var block = text("block") ?? ""
    if !block.isEmpty, !block.hasSuffix("\n") { block += "\n" }
    let wanted =
      isPresent && !block.isEmpty
      ? [begin] + TextEditing.lines(of: block) + [end] : []
    var at: Int
    if let first = lines.lastIndex(of: begin),
      let last = lines.lastIndex(of: end)
    {
      at = min(first, last)
      lines.removeSubrange(at...max(first, last))
    } else {
      at = try place(in: lines, old, text("insertafter"), text("insertbefore"))
    }
    if at > 0, !lines[at - 1].hasSuffix("\n") { lines[at - 1] += "\n" }
    if flag("prepend_newline"), isPresent, at != 0, lines[at - 1] != "\n" {
      lines.insert("\n", at: at)
      at += 1
    }
    lines.insert(contentsOf: wanted, at: at)
    let after = at + wanted.count
    if flag("append_newline"), isPresent, after < lines.count,
      lines[after] != "\n"
    {
      lines.insert("\n", at: after)
    }
    return (lines.joined(), !wanted.isEmpty)
  }

  /// The line before which a new block goes.
  private func place(
    in lines: [String], _ text: String, _ after: String?, _ before: String?
  ) throws -> Int {
    guard let pattern = after ?? before, pattern != "EOF", pattern != "BOF"
    else { return before == nil ? lines.count : 0 }
    let regex = try PythonRegex(pattern)
    // A pattern that asks for it looks at the whole text.
    if pattern.hasPrefix("(?m"), let match = try regex.search(text) {
      let end = after == nil ? match.range.lowerBound : match.range.upperBound
      let line = text.utf8.prefix(end).count { $0 == 0x0A }
      return after == nil ? line : line + 1
    }
    guard let line = try lines.lastIndex(where: { try regex.search($0) != nil })
    else { return lines.count }
    return after == nil ? line : line + 1
  }
}
