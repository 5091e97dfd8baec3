// What differs between two versions of an object, one line a field.

import Kubernetes
import Stack

/// Says in lines what changes in an object.
enum FieldChanges {
  /// Lines such as `spec.replicas: 3 → 5`, sorted by field.
  ///
  /// Text of several lines is compared line by line. Both versions must be
  /// masked already.
  static func lines(from old: JSON, to new: JSON) -> [String] {
    var lines: [String] = []
    compare(old, new, path: "", &lines)
    return lines
  }

  private static func compare(
    _ old: JSON?, _ new: JSON?, path: String, _ lines: inout [String]
  ) {
    if old == new { return }
    switch (old, new) {
    case (.object(let before)?, .object(let after)?):
      for key in Set(before.keys).union(after.keys).sorted() {
        let name = key.contains(".") ? "[\(key)]" : key
        compare(
          before[key], after[key],
          path: path.isEmpty
            ? name : path + (name.hasPrefix("[") ? "" : ".") + name,
          &lines)
      }
    case (.array(let before)?, .array(let after)?):
      for index in 0..<max(before.count, after.count) {
        let left = index < before.count ? before[index] : nil
        let right = index < after.count ? after[index] : nil
        let name = (right ?? left)?["name"]?.string ?? "\(index)"
        compare(left, right, path: "\(path)[\(name)]", &lines)
      }
    case (.string(let before)?, .string(let after)?)
    where before.contains("\n") || after.contains("\n"):
      for line in textLines(before, after) { lines.append("\(path): \(line)") }
    default:
      lines.append("\(path): \(shown(old)) → \(shown(new))")
    }
  }

  /// The lines that go and come, a pair on one line where they pair up.
  private static func textLines(_ old: String, _ new: String) -> [String] {
    func split(_ text: String) -> [String] {
      text.split(separator: "\n", omittingEmptySubsequences: false)
        .map(String.init)
    }
    var result: [String] = []
    var removed: [String] = []
    for line in UnifiedDiff.lines(
      from: split(old), to: split(new), context: 0)
    {
      let text = line.text.printable
      switch line.kind {
      case .removed: removed.append(text)
      case .added where !removed.isEmpty:
        result.append("\(removed.removeFirst()) → \(text)")
      case .added: result.append("+ \(text)")
      case .hunk, .context:
        result += removed.map { "- \($0)" }
        removed = []
      }
    }
    return result + removed.map { "- \($0)" }
  }

  private static func shown(_ value: JSON?) -> String {
    switch value {
    case nil: "(none)"
    case .string(let text)?: text.isEmpty ? "\"\"" : text.printable
    case let value?: value.text().printable
    }
  }
}
