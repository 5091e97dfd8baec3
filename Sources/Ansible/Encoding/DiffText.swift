// The `diff` of a result as text: what Ansible's default callback prints.

import Jinja

/// By the rules of ansible-core's plugins/callback, _get_diff.
enum DiffText {
  /// The text of a result's `diff`, one or several; empty where nothing differs.
  static func of(_ diff: Value) -> String {
    let items = (diff.list != nil ? try? diff.sequence() : nil) ?? [diff]
    return items.map(one).joined()
  }

  private static func one(_ diff: Value) -> String {
    let entries = ((try? diff.dictionary?.pairs()) ?? nil) ?? []
    let members = Dictionary(
      entries.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    func skipped(_ key: String, _ reason: String) -> String {
      guard let value = members[key] else { return "" }
      return
        "diff skipped: \(reason.replacing("%d", with: PlainText.of(value)))\n"
    }
    var text =
      skipped("dst_binary", "destination file appears to be binary")
      + skipped("src_binary", "source file appears to be binary")
      + skipped("dst_larger", "destination file size is greater than %d")
      + skipped("src_larger", "source file size is greater than %d")
    if let before = members["before"], let after = members["after"] {
      func header(_ name: String) -> String {
        members[name + "_header"].map { "\(name): \(PlainText.masked($0))" }
          ?? name
      }
      text += unified(
        lines(before), lines(after), from: header("before"),
        to: header("after"))
    }
    if let prepared = members["prepared"] { text += PlainText.masked(prepared) }
    return text
  }

  /// The lines of one side; what is not text is written as JSON.
  private static func lines(_ side: Value) -> [Substring] {
    var text = ""
    if side.dictionary != nil {
      let writer = JSONWriter(
        indent: "    ", itemSeparator: ",", sortsKeys: true)
      text = ((try? writer.text(of: side)).map(PlainText.masked) ?? "") + "\n"
    } else if !side.isNone {
      text = PlainText.masked(side)
    }
    var lines = TextEditing.lines(of: text).map { Substring($0) }
    if let last = lines.last, !last.hasSuffix("\n") {
      lines[lines.count - 1] = last + "\n\\ No newline at end of file\n"
    }
    return lines
  }

  /// A unified difference with three lines around each change.
  static func unified(
    _ old: [Substring], _ new: [Substring], from: String, to: String
  ) -> String {
    var text = ""
    for group in SequenceMatcher(old, new).groups(context: 3) {
      guard let first = group.first, let last = group.last else { continue }
      if text.isEmpty { text = "--- \(from)\n+++ \(to)\n" }
      let ranges = [
        "-" + range(first.old.lowerBound..<last.old.upperBound),
        "+" + range(first.new.lowerBound..<last.new.upperBound),
      ]
      text += "@@ \(ranges.joined(separator: " ")) @@\n"
      for operation in group {
        if operation.kind == .equal {
          text += old[operation.old].map { " " + $0 }.joined()
          continue
        }
        text += old[operation.old].map { "-" + $0 }.joined()
        text += new[operation.new].map { "+" + $0 }.joined()
      }
    }
    return text.isEmpty ? "" : text + "\n"
  }

  private static func range(_ range: Range<Int>) -> String {
    if range.count == 1 { return "\(range.lowerBound + 1)" }
    return "\(range.lowerBound + (range.isEmpty ? 0 : 1)),\(range.count)"
  }
}
