// Cases in plain text: a line is a template, `let name = JSON` gives the
// templates after it a variable, `#` begins a comment.

import Foundation

struct CaseFile {
  struct Case: Sendable {
    var line: Int
    var template: String
    /// A JSON object.
    var variables: String
  }

  var name: String
  var cases: [Case] = []

  init(_ name: String) throws {
    self.name = name
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Cases/\(name).txt")
    let text = try String(contentsOf: url, encoding: .utf8)
    var variables = "{"
    for (index, line) in text.split(
      separator: "\n", omittingEmptySubsequences: false
    ).enumerated() {
      if line.isEmpty || line.hasPrefix("#") { continue }
      if line.hasPrefix("let "), let equals = line.firstIndex(of: "=") {
        let key = line.dropFirst(4).prefix(upTo: equals)
          .trimmingCharacters(in: .whitespaces)
        let value = line[line.index(after: equals)...]
        // Later settings win, as the last of equal keys does.
        variables += (variables == "{" ? "" : ",") + "\"\(key)\":\(value)"
        continue
      }
      cases.append(
        Case(
          line: index + 1, template: String(line), variables: variables + "}"))
    }
  }
}
