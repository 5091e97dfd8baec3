// Golden text: a test compares what it drew with a file beside it, and
// RECORD=1 writes that file anew.

import Foundation
import Testing

/// Compares `text` with `Golden/NAME.txt` beside the calling test file.
///
/// With `RECORD=1` in the environment the file is written and the test fails,
/// so that a recording run can never pass for a judgement.
public func expectGolden(
  _ text: String, _ name: String,
  file: StaticString = #filePath,
  at location: SourceLocation = #_sourceLocation
) {
  let folder = URL(fileURLWithPath: "\(file)").deletingLastPathComponent()
    .appendingPathComponent("Golden")
  let path = folder.appendingPathComponent("\(name).txt")
  if ProcessInfo.processInfo.environment["RECORD"] == "1" {
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: path)
      Issue.record("recorded \(name)", sourceLocation: location)
    } catch {
      Issue.record("not recorded: \(error)", sourceLocation: location)
    }
    return
  }
  guard let data = try? Data(contentsOf: path) else {
    Issue.record(
      "\(path.path) is missing: run with RECORD=1", sourceLocation: location)
    return
  }
  let expected = String(decoding: data, as: UTF8.self)
  guard expected != text else { return }
  Issue.record(
    Comment(rawValue: "\(name)\n" + difference(expected, text)),
    sourceLocation: location)
}

/// The lines that differ, expected before actual, with their numbers.
private func difference(_ expected: String, _ actual: String) -> String {
  let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
  let new = actual.split(separator: "\n", omittingEmptySubsequences: false)
  var lines: [String] = []
  for row in 0..<max(old.count, new.count) {
    let before = row < old.count ? String(old[row]) : nil
    let after = row < new.count ? String(new[row]) : nil
    guard before != after else { continue }
    lines.append("\(row + 1) - \(before ?? "(no line)")")
    lines.append("\(row + 1) + \(after ?? "(no line)")")
  }
  return lines.joined(separator: "\n")
}
