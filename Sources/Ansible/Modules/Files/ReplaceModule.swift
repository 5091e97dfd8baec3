// `replace`: all that a regular expression finds in a file of this machine.

import Jinja
import OrderedCollections

struct ReplaceModule: Module {
  let names = ["ansible.builtin.replace"]
  let refusedArguments = Set(FileAttributes.refused)
  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        ("regexp", .init("str", required: true)),
        ("replace", .init("str", default: "")),
        ("after", .init("str")), ("before", .init("str")),
        ("encoding", .init("str", default: "utf-8")),
      ] + TextEditing.options))

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    try FileAttributes.checkEncoding(arguments["encoding"], call)
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    let given = text("path") ?? ""
    let path = call.local(given)
    let content: String
    switch try TextEditing.read(path, as: given, isMade: false, call) {
    case .ended(let result): return result
    case .text(let text): content = text
    case .absent: content = ""
    }
    guard let section = try section(of: content, text("after"), text("before"))
    else {
      var result = ModuleResult(
        changed: false,
        message: "Pattern for before/after params did not match the given "
          + "file: \(Self.pattern(text("after"), text("before")))")
      result.values["rc"] = 0
      return result
    }
    let regex = try PythonRegex(text("regexp") ?? "", flags: .multiline)
    let made = try regex.substitute(
      text("replace") ?? "", in: String(content[section]))
    let isSame = made.count == 0 || made.text == content[section]
    let whole =
      isSame
      ? content
      : String(content[..<section.lowerBound]) + made.text
        + String(content[section.upperBound...])
    var result = try await TextEditing.write(
      isSame ? nil : whole, to: path,
      saying: isSame ? "" : "\(made.count) replacements made", arguments, call
    ).result
    result.values["rc"] = 0
    if call.showsDiff, !isSame {
      result.values["diff"] = FileDiff.text(
        content, whole, header: given, call)
    }
    return result
  }

  /// The part of the text between two patterns; nil where they do not match.
  private func section(
    of content: String, _ after: String?, _ before: String?
  ) throws -> Range<String.Index>? {
    guard after != nil || before != nil else {
      return content.startIndex..<content.endIndex
    }
    let regex = try PythonRegex(
      Self.pattern(after, before), flags: .dotAll)
    guard let match = try regex.search(content),
      let group = match.number(ofGroup: "subsection"),
      let range = match.spans[group]
    else { return nil }
    let bytes = content.utf8
    let start = bytes.index(bytes.startIndex, offsetBy: range.lowerBound)
    let end = bytes.index(bytes.startIndex, offsetBy: range.upperBound)
    return start..<end
  }

  private static func pattern(_ after: String?, _ before: String?) -> String {
    if let after, let before {
      return "\(after)(?P<subsection>.*?)\(before)"
    }
    if let after { return "\(after)(?P<subsection>.*)" }
    return "(?P<subsection>.*)\(before ?? "")"
  }
}
