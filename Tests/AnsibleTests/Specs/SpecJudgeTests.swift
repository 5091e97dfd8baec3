// Argument specs judged by the real ansible-core: same verdict, same messages,
// same converted parameters.

import Foundation
import Jinja
import Oracle
import Testing

@testable import Ansible

@Suite("Argument specs against ansible-core")
struct SpecJudgeTests {
  /// One spec with parameters, both as YAML.
  struct Case {
    var spec: String
    var parameters: String
  }

  @Test("every type with every kind of value")
  func types() throws {
    let types = [
      "str", "int", "bool", "float", "list", "dict", "path", "raw", "json",
      "jsonarg", "bytes", "bits", "text",
    ]
    let values = [
      "plain", "''", "'5'", "5", "-3", "5.0", "2.5", "'2.5'", "true", "'yes'",
      "'off'", "'maybe'", "null", "[1, two]", "[]", "{a: 1}", "{}",
      "'a,b'", "'a=1 b=2'", "'{\"a\": 1}'", "'10M'", "'3 Kb'", "'1e3'",
      "' 7 '", "0", "1",
    ]
    try check(
      types.flatMap { type in
        values.map {
          Case(spec: "x: {type: \(type)}", parameters: "x: \($0)")
        }
      })
  }

  @Test("elements of lists")
  func elements() throws {
    let types = ["str", "int", "bool", "float", "dict", "list", "path"]
    let values = [
      "[1, 2]", "['1', b]", "'1,2'", "[true, 'no']", "[{a: 1}, 'k=v']",
      "[null]", "[[1], 'a,b']", "[1.5, '2.0']", "5", "{a: 1}",
    ]
    try check(
      types.flatMap { type in
        values.map {
          Case(
            spec: "x: {type: list, elements: \(type)}", parameters: "x: \($0)")
        }
      } + [
        Case(spec: "x: {type: str, elements: int}", parameters: "x: a")
      ])
  }

  @Test("required, defaults, choices, aliases and rules")
  func rules() throws {
    try check([
      Case(spec: "x: {required: true}", parameters: "{}"),
      Case(
        spec: "{b: {required: true}, a: {required: true}}", parameters: "{}"),
      Case(spec: "x: {required: true}", parameters: "x: null"),
      Case(
        spec: "x: {required: true, type: int}", parameters: "x: null"),
      Case(spec: "x: {default: 3, type: int}", parameters: "{}"),
      Case(spec: "x: {default: '3', type: int}", parameters: "{}"),
      Case(spec: "x: {default: no, type: bool}", parameters: "{}"),
      Case(spec: "x: {type: str}", parameters: "y: 1"),
      Case(spec: "{x: {}, w: {aliases: [v]}}", parameters: "{y: 1, z: 2}"),
      Case(spec: "x: {choices: [a, b]}", parameters: "x: c"),
      Case(spec: "x: {choices: [a, b]}", parameters: "x: a"),
      Case(
        spec: "x: {type: int, choices: [1, 2]}", parameters: "x: '2'"),
      Case(
        spec: "x: {type: int, choices: [1, 2]}", parameters: "x: 3"),
      Case(
        spec: "x: {type: list, choices: [a, b]}", parameters: "x: [a, c, d]"),
      Case(
        spec: "x: {type: list, choices: [a, b]}", parameters: "x: [a]"),
      Case(
        spec: "x: {choices: ['yes', 'no']}", parameters: "x: true"),
      Case(
        spec: "x: {choices: ['yes', maybe]}", parameters: "x: false"),
      Case(
        spec: "x: {choices: [on, 'off', other]}", parameters: "x: true"),
      Case(spec: "x: {choices: [a], default: b}", parameters: "{}"),
      Case(spec: "x: {aliases: [y], type: int}", parameters: "y: '4'"),
      Case(
        spec: "x: {aliases: [y]}", parameters: "{x: 1, y: 2}"),
      Case(
        spec: "x: {type: dict, options: {a: {type: int}}}",
        parameters: "x: {a: '1'}"),
      Case(
        spec: "x: {type: dict, options: {a: {type: int, required: true}}}",
        parameters: "x: {}"),
      Case(
        spec: "x: {type: dict, options: {a: {type: int}}}",
        parameters: "x: {a: b, c: 1}"),
      Case(
        spec: "x: {type: dict, options: {a: {default: 7}}}",
        parameters: "x: {}"),
      Case(
        spec: "x: {type: dict, options: {a: {default: 7}}}", parameters: "{}"),
      Case(
        spec:
          "x: {type: dict, apply_defaults: true, options: {a: {default: 7}}}",
        parameters: "{}"),
      Case(
        spec: "x: {type: list, elements: dict, options: {a: {type: bool}}}",
        parameters: "x: [{a: 'yes'}, {a: 'perhaps'}, {b: 1}]"),
      Case(
        spec: "x: {type: list, elements: dict, options: {a: {type: bool}}}",
        parameters: "x: [a, b]"),
      Case(
        spec: "x: {type: dict, options: {y: {type: dict, options: "
          + "{z: {type: int, required: true, choices: [1, 2]}}}}}",
        parameters: "x: {y: {z: 3}}"),
      Case(
        spec: "x: {type: dict, options: {y: {type: dict, options: "
          + "{z: {type: int, required: true}}}}}",
        parameters: "x: {y: {}}"),
      Case(
        spec: "x: {type: dict, options: {y: {type: dict, options: {z: {}}}}}",
        parameters: "x: {y: {q: 1}}"),
      Case(
        spec: "x: {type: dict, mutually_exclusive: [[a, b]], "
          + "options: {a: {}, b: {}}}",
        parameters: "x: {a: 1, b: 2}"),
      Case(
        spec: "x: {type: dict, required_together: [[a, b]], "
          + "options: {a: {}, b: {}}}",
        parameters: "x: {a: 1}"),
      Case(
        spec: "x: {type: dict, required_one_of: [[a, b]], "
          + "options: {a: {}, b: {}, c: {}}}",
        parameters: "x: {c: 1}"),
      Case(
        spec: "x: {type: dict, required_if: [[a, one, [b, c]]], "
          + "options: {a: {}, b: {}, c: {}}}",
        parameters: "x: {a: one, b: 1}"),
      Case(
        spec: "x: {type: dict, required_if: [[a, one, [b, c], true]], "
          + "options: {a: {}, b: {}, c: {}}}",
        parameters: "x: {a: one}"),
      Case(
        spec: "x: {type: dict, required_by: {a: [b]}, "
          + "options: {a: {}, b: {}}}",
        parameters: "x: {a: 1}"),
      Case(
        spec: "x: {type: list, elements: dict, mutually_exclusive: [[a, b]], "
          + "options: {a: {}, b: {}}}",
        parameters: "x: [{a: 1}, {a: 1, b: 2}]"),
      Case(
        spec: "x: {type: int, default: 1, required: true}", parameters: "{}"),
      Case(
        spec: "{a: {type: int}, b: {type: list, elements: int}, "
          + "c: {choices: [x]}, d: {required: true}}",
        parameters: "{a: q, b: [r, 1], c: y, e: 1}"),
      Case(
        spec: "x: {type: dict, options: {a: {aliases: [b], type: int}}}",
        parameters: "x: {b: '3'}"),
      Case(
        spec: "x: {type: dict, options: {a: {}}}", parameters: "x: 'a=1'"),
      Case(spec: "x: {type: dict, options: {a: {}}}", parameters: "x: null"),
    ])
  }

  // MARK: - The comparison

  private func check(_ cases: [Case]) throws {
    let judge = try Oracle(venv: "ansible", script: "ansible/specs.py")
    var differing = 0
    for item in cases {
      let question = try JSONSerialization.data(withJSONObject: [
        "spec": item.spec, "parameters": item.parameters,
      ])
      let answer =
        try JSONSerialization.jsonObject(with: try judge.ask(question))
        as? [String: Any] ?? [:]
      // A spec that the real one does not survive has no right answer.
      if answer["crash"] != nil { continue }
      let ours = ArgumentValidator(
        try parameters(item.parameters),
        spec: try ValidationSpec(options: try value(item.spec)))
      let theirs = (answer["errors"] as? [String] ?? []).map(Self.comparable)
      let mine = ours.errors.map(Self.comparable)
      if theirs != mine { differing += 1 }
      #expect(mine == theirs, "\(item.spec) <- \(item.parameters)")
      guard theirs.isEmpty, mine.isEmpty else { continue }
      let converted = try JSONSerialization.jsonObject(
        with: Data(
          try JSONText.compact(
            .dictionary(ours.parameters.map { ($0.key, $0.value) }), .shown
          ).utf8))
      let wanted = answer["parameters"] ?? [:]
      #expect(
        NSDictionary(dictionary: ["x": converted])
          == NSDictionary(dictionary: ["x": wanted]),
        "\(item.spec) <- \(item.parameters)")
    }
    #expect(differing == 0)
  }

  /// A message without what Python prints in no fixed order.
  private static func comparable(_ message: String) -> String {
    guard let list = message.firstRange(of: "Valid booleans include: ") else {
      return message
    }
    return String(message[..<list.upperBound])
  }

  private func value(_ text: String) throws -> Value {
    var constructor = YAMLConstructor()
    return try constructor.value(of: try YAML.read(text, file: "case"))
  }

  private func parameters(_ text: String) throws -> Parameters {
    var parameters: Parameters = [:]
    for entry in try value(text).dictionary?.pairs() ?? [] {
      parameters[entry.key] = entry.value
    }
    return parameters
  }
}
