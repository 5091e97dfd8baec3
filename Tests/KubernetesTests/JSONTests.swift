// JSON: what is read is what was written, and what is wrong is found.

import Foundation
import Kubernetes
import Testing

@Suite struct JSONTests {
  @Test(
    arguments: [
      ("{}", JSON.object([:])),
      (" [1, -2.5e3 ,true,false,null] ", [1, -2500.0, true, false, .null]),
      (#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, "a\"\\/\u{8}\u{c}\n\r\té😀"),
      (#""\ud83dx""#, "\u{FFFD}x"),
      ("9223372036854775807", .integer(.max)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)),
      ("-0", .integer(0)),
      (#"{"a":1,"a":2}"#, ["a": 2]),
    ] as [(String, JSON)])
  func reads(text: String, value: JSON) throws {
    #expect(try JSON(parsing: text) == value)
  }

  @Test(arguments: [
    ("", 0), ("{", 1), (#"{"a" 1}"#, 5), ("[1,]", 3), ("[1 2]", 3),
    ("01", 0), ("1.", 2), ("tru", 0), (#""abc"#, 0), ("1 x", 2),
    ("\"\u{1}\"", 1), (#""\x""#, 2), (#""\u12g4""#, 5), ("-", 1), ("1e999", 0),
  ])
  func namesTheOffset(text: String, offset: Int) {
    do {
      let value = try JSON(parsing: text)
      Issue.record("\(text) was read as \(value)")
    } catch let error as JSONError {
      #expect(error.offset == offset, "\(text): \(error)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func refusesEndlessNesting() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError.self) { try JSON(parsing: text) }
  }

  @Test func writesSortedAndEscaped() {
    let value: JSON = [
      "b": [1, 2.5, .null], "a": "x\"\\\n\u{1}\u{7f}é", "c": [:], "d": [],
    ]
    #expect(
      value.text()
        == #"{"a":"x\"\\\n\u0001\u007fé","b":[1,2.5,null],"c":{},"d":[]}"#)
    #expect(
      JSON.object(["a": [1], "b": ["c": true]]).text(indented: true) == """
        {
          "a": [
            1
          ],
          "b": {
            "c": true
          }
        }
        """)
  }

  /// The judge of a random value's text is Foundation's parser.
  @Test func agreesWithFoundation() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let value = Self.random(depth: 0, &random)
      let bytes = JSON.array([value]).bytes(indented: Bool.random())
      #expect(try JSON(parsing: bytes) == [value])
      let judged = try JSONSerialization.jsonObject(with: Data(bytes))
      let rewritten = try JSONSerialization.data(withJSONObject: judged)
      #expect(try JSON(parsing: rewritten) == [value])
    }
  }

  static func random(
    depth: Int, _ random: inout SystemRandomNumberGenerator
  ) -> JSON {
    switch Int.random(in: 0..<(depth < 4 ? 7 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .integer(.random(in: -1_000_000...1_000_000))
    case 3: return .number(Double(Int.random(in: 0...1000)) + 0.5)
    case 4:
      let scalars = (0..<Int.random(in: 0...12)).compactMap { _ in
        Unicode.Scalar(UInt32.random(in: 1...0xD7FF))
      }
      return .string(String(String.UnicodeScalarView(scalars)))
    case 5:
      return .array(
        (0..<Int.random(in: 0...4)).map { _ in
          Self.random(depth: depth + 1, &random)
        })
    default:
      return .object(
        Dictionary(
          (0..<Int.random(in: 0...4)).map {
            ("k/\($0)~\"", Self.random(depth: depth + 1, &random))
          }, uniquingKeysWith: { $1 }))
    }
  }

  @Test func setsAndRemovesInPlace() {
    var value: JSON = ["spec": ["replicas": 1]]
    value.set(3, at: "spec", "replicas")
    value.set("x", at: "metadata", "labels", "app")
    value.set(nil, at: "status", "conditions")
    value["spec"]?["paused"] = true
    #expect(
      value.text()
        == #"{"metadata":{"labels":{"app":"x"}},"spec":{"paused":true,"replicas":3}}"#
    )
    value.set(nil, at: "metadata", "labels", "app")
    #expect(value.value(at: "metadata", "labels") == [:])
    #expect(value["spec"]?["replicas"]?.integer == 3)
    #expect(value[3] == nil)
  }

  @Test func followsPointers() throws {
    let value: JSON = ["a/b": ["m~n": [10, 20]]]
    #expect(value.value(atPointer: "/a~1b/m~0n/1") == 20)
    #expect(value.value(atPointer: "") == value)
    #expect(value.value(atPointer: "/a~1b/m~0n/2") == nil)
    #expect(value.value(atPointer: "a") == nil)
    #expect(JSON.pointerPart("a/b~c") == "a~1b~0c")
  }

  /// The examples of RFC 7386, appendix A.
  @Test(arguments: [
    (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
    (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
    (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
    (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
    (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
    ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
  ])
  func mergesAsTheRFC(target: String, patch: String, result: String) throws {
    let merged = try JSON(parsing: target).merging(try JSON(parsing: patch))
    #expect(merged.text() == result)
  }

  @Test func makesTheMergePatch() throws {
    let old = try JSON(parsing: #"{"a":{"b":1,"c":[1]},"d":2}"#)
    let new = try JSON(parsing: #"{"a":{"b":1,"c":[2]},"e":3}"#)
    let patch = try #require(old.mergePatch(to: new))
    #expect(patch.text() == #"{"a":{"c":[2]},"d":null,"e":3}"#)
    #expect(old.merging(patch) == new)
    #expect(old.mergePatch(to: old) == nil)
  }

  @Test func performsJSONPatch() throws {
    let value = try JSON(parsing: #"{"a":{"b":[1,2,3]},"c":"x"}"#)
    let patched = try value.applying(
      jsonPatch: JSON(
        parsing: """
          [{"op":"test","path":"/c","value":"x"},
           {"op":"add","path":"/a/b/1","value":9},
           {"op":"add","path":"/a/b/-","value":4},
           {"op":"remove","path":"/a/b/0"},
           {"op":"replace","path":"/c","value":"y"},
           {"op":"copy","from":"/c","path":"/d"},
           {"op":"move","from":"/d","path":"/e"}]
          """))
    #expect(patched.text() == #"{"a":{"b":[9,2,3,4]},"c":"y","e":"y"}"#)
    for patch in [
      #"[{"op":"remove","path":"/x"}]"#,
      #"[{"op":"add","path":"/a/b/9","value":1}]"#,
      #"[{"op":"test","path":"/c","value":1}]"#,
      #"[{"op":"jump","path":"/c"}]"#,
      #"{"op":"remove"}"#,
    ] {
      #expect(throws: JSONPatchError.self) {
        try value.applying(jsonPatch: JSON(parsing: patch))
      }
    }
  }

  @Test func readsTenMegabytesOfObjects() throws {
    let pod: JSON = [
      "metadata": ["name": "x", "labels": ["a": "b"]],
      "spec": ["containers": [["name": "c", "image": "registry/image:tag"]]],
    ]
    let bytes = JSON.array(Array(repeating: pod, count: 50_000)).bytes()
    #expect(try JSON(parsing: bytes).array?.count == 50_000)
  }
}
