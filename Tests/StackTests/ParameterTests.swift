// Typed text, checks of values, and secrets by rule.

import Kubernetes
import Stack
import Testing

@Suite struct ParameterTests {
  private static let texts: [(ParameterType, String, JSON)] = [
    (.int, "12", 12), (.bool, "Yes", true),
    (.bool, "off", false), (.float, "0.5", 0.5), (.str, "12", "12"),
    (.list(of: .str), "a, b", ["a", "b"]), (.list(of: .int), "[1, 2]", [1, 2]),
    (.list(of: .str), "", []), (.dict(options: []), "{a: 1}", ["a": 1]),
    (.int, "{{ other }}", "{{ other }}"), (.raw, "null", .null),
  ]

  @Test(arguments: texts)
  func textIsRead(_ type: ParameterType, _ text: String, _ value: JSON) throws {
    let parameter = Parameter(name: "p", type: type)
    #expect(try ParameterInput.value(text, for: parameter) == value)
    #expect(
      try ParameterInput.value(
        ParameterInput.text(value), for: parameter) == value
        || value == .null)
  }

  private static let badTexts: [(ParameterType, String, String)] = [
    (.int, "1.5", "is a whole number"),
    (.bool, "maybe", "is yes or no"), (.float, "x", "is a number"),
    (.dict(options: []), "[1]", "is a dictionary"),
    (.list(of: .int), "1,x", "is a whole number"),
    (.raw, "[1", "write it as YAML"),
  ]

  @Test(arguments: badTexts)
  func badTextIsRefused(_ type: ParameterType, _ text: String, _ why: String) {
    let problem = #expect(throws: StackProblem.self) {
      try ParameterInput.value(text, for: Parameter(name: "p", type: type))
    }
    #expect(problem?.description.contains(why) == true)
  }

  @Test func dictionariesAreCheckedKeyByKey() {
    let parameter = Parameter(
      name: "p",
      type: .dict(options: [
        Parameter(name: "cpu", type: .str, isRequired: true),
        Parameter(
          name: "count", type: .int, limits: ParameterLimits(minimum: 1)),
      ]))
    func what(_ value: JSON) -> String? {
      ParameterCheck.problem(with: value, for: parameter)?.what
    }
    #expect(what(["cpu": "1", "count": 2]) == nil)
    #expect(what(["count": 2]) == "p needs the key cpu")
    #expect(what(["cpu": "1", "cuont": 2]) == "p has no key cuont")
    #expect(what(["cpu": "1", "count": 0])?.contains("at least 1") == true)
    #expect(what(["cpu": "1", "count": "x"])?.contains("p.count is a") == true)
  }

  @Test func secretsKeepTheirRules() {
    var generator = SecretGenerator(random: Counter())
    let password = generator.secret(for: GenerateRule(kind: .password))
    #expect(password.count == 32)
    #expect(password.allSatisfy { $0.isLetter || $0.isNumber })
    let hex = generator.secret(for: GenerateRule(kind: .hex, length: 64))
    #expect(hex.count == 64 && hex.allSatisfy(\.isHexDigit))
    let fernet = generator.secret(for: GenerateRule(kind: .fernet))
    #expect(fernet.utf8.count == 44 && fernet.hasSuffix("="))
    let uuid = generator.secret(for: GenerateRule(kind: .uuid))
    #expect(uuid.count == 36)
    #expect(Array(uuid)[14] == "4" && "89ab".contains(Array(uuid)[19]))
  }

  @Test(arguments: [
    ("keystone_replicsa", "keystone_replicas"), ("glanec", "glance"),
    ("mariadb", "mariadb"),
  ])
  func misspellingsAreGuessed(_ name: String, _ meant: String) {
    let names = ["glance", "keystone_replicas", "mariadb"]
    #expect(Spelling.nearest(to: name, among: names) == meant)
    #expect(Spelling.nearest(to: "zzz", among: names) == nil)
  }

  /// Numbers that follow each other, spread over all bits.
  private struct Counter: RandomNumberGenerator {
    var state: UInt64 = 1

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 33)
    }
  }
}
