// The format of the case files in Cases/: templates with their contexts, to
// be judged by the real Jinja2.
//
//   # comment
//   @context {'x': 1}         a Python literal, for the cases that follow
//   @options {"native": true} JSON, for the cases that follow
//   @each x 1, 'a', None      the cases that follow run once for each value
//   @expressions on           a line is an expression, not a template
//   @template name            what follows, up to @end, is a template that
//                             cases may name
//   {{ x }}                   any other line is a case
//   <<<                       a case of several lines, up to >>>

import Foundation

@testable import Jinja

/// One template to render in both engines.
struct Case {
  var file: String
  var line: Int
  var source: String
  var isExpression = false
  var templates: [String: String] = [:]
  var context: String
  var options: [String: Any] = [:]

  /// The question to the judge.
  var question: [String: Any] {
    var result: [String: Any] = [
      "context": context, "options": options,
      "templates": templates.merging(["main": source]) { $1 },
    ]
    if isExpression { result["expression"] = source }
    return result
  }
}

struct CaseFile {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  var cases: [Case] = []

  init(_ url: URL) throws {
    let text = try String(contentsOf: url, encoding: .utf8)
    let file = url.lastPathComponent
    var context = "{}"
    var options: [String: Any] = [:]
    var each: [(name: String, values: [Value])] = []
    var areExpressions = false
    var templates: [String: String] = [:]
    var lines = text.components(separatedBy: "\n")[...]
    var number = 0
    func fail(_ message: String) -> Failure {
      Failure(description: "\(file):\(number): \(message)")
    }
    func take() -> String? {
      number += 1
      return lines.popFirst()
    }
    func block(until end: String) -> String {
      var result: [String] = []
      while let line = take(), line != end { result.append(line) }
      return result.joined(separator: "\n")
    }
    while let line = take() {
      if line.isEmpty || line.hasPrefix("# ") || line == "#" { continue }
      let start = number
      let parts = line.split(separator: " ", maxSplits: 1)
      let rest = parts.count > 1 ? String(parts[1]) : ""
      switch parts[0] {
      case "@context":
        guard PythonLiteral.read(rest) != nil else {
          throw fail("not a literal")
        }
        context = rest
        each = []
        templates = [:]
      case "@options":
        guard
          let object = try JSONSerialization.jsonObject(with: Data(rest.utf8))
            as? [String: Any]
        else { throw fail("not a JSON object") }
        options = object
      case "@each":
        let named = rest.split(separator: " ", maxSplits: 1)
        guard named.count == 2,
          let values = PythonLiteral.read("[\(named[1])]")
        else { throw fail("not a list of literals") }
        let name = String(named[0])
        each.removeAll { $0.name == name }
        each.append((name, try values.members()))
      case "@expressions": areExpressions = rest == "on"
      case "@template": templates[rest] = block(until: "@end")
      default:
        let source = line == "<<<" ? block(until: ">>>") : line
        for values in Self.product(each) {
          var all = context
          if !values.isEmpty {
            let items = try values.map {
              "'\($0.name)': \(try $0.value.repr())"
            }
            let own = items.joined(separator: ", ")
            let inner = context.dropFirst().dropLast()
            all = "{\(inner.isEmpty ? "" : inner + ", ")\(own)}"
          }
          cases.append(
            Case(
              file: file, line: start, source: source,
              isExpression: areExpressions, templates: templates, context: all,
              options: options))
        }
      }
    }
  }

  /// Every choice of one value for each name.
  private static func product(
    _ each: [(name: String, values: [Value])]
  ) -> [[(name: String, value: Value)]] {
    each.reduce([[]]) { choices, next in
      choices.flatMap { choice in
        next.values.map { choice + [(next.name, $0)] }
      }
    }
  }

  /// The files in Cases/.
  static var all: [URL] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Cases")
    let files = try? FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).filter { $0.pathExtension == "jinja" }
      .sorted { $0.path < $1.path }
  }
}
