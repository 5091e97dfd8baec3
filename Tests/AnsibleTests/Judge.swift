// The real ansible-core as judge: one process for all tests of the target.

import Foundation
import Oracle
import Testing

/// What the judge answered.
struct Verdict: Sendable {
  /// Python's repr of the value, nil after an error.
  var value: String?
  /// Messages of the error and of its causes, outermost first.
  var errors: [String] = []
  var warnings: [String] = []
  /// Line and column that the error names.
  var place: [Int]?
  /// Line and column by path of a value (`/services/0`).
  var origins: [String: [Int]] = [:]
  /// Names by kind of plugin, of the question `names`.
  var names: [String: [String]] = [:]
}

/// Asks `Tests/Support/ansible_oracle.py`.
actor Judge {
  static let shared = Judge()

  private var oracle: Oracle?

  /// The answer to one question (see the script for what it understands).
  func ask(_ question: [String: any Sendable]) throws -> Verdict {
    if oracle == nil {
      oracle = try Oracle(venv: "ansible", script: "ansible_oracle.py")
    }
    let data = try JSONSerialization.data(withJSONObject: question)
    guard let answer = try oracle?.ask(data),
      let object = try JSONSerialization.jsonObject(with: answer)
        as? [String: Any]
    else { return Verdict(errors: ["no JSON object in the answer"]) }
    var verdict = Verdict()
    verdict.value = object["value"] as? String
    verdict.errors = object["errors"] as? [String] ?? []
    verdict.warnings = object["warnings"] as? [String] ?? []
    verdict.place = object["place"] as? [Int]
    verdict.origins = object["origins"] as? [String: [Int]] ?? [:]
    for kind in ["filter", "test", "lookup"] {
      verdict.names[kind] = object[kind] as? [String]
    }
    return verdict
  }
}
