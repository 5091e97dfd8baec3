// Lists and watches taken apart, wherever the pieces end.

import Kubernetes
import Testing

@testable import Kubectl

@Suite struct SplitterTests {
  static let lists: [(String, [JSON])] = [
    (#"{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":[]}"#, []),
    (
      #"{"items":[{"a":1},{"b":{"items":[{"c":2}]}}],"metadata":{}}"#,
      [["a": 1], ["b": ["items": [["c": 2]]]]]
    ),
    (
      #"{"a":{"items":[{"no":1}]},"x":"items","items" : [ {"t":"]}\"[{"} , {"u":"\\"} ] }"#,
      [["t": "]}\"[{"], ["u": "\\"]]
    ),
    (#"{"items":null,"metadata":{"continue":"x"}}"#, []),
    (
      #"{"y":["items",{"items":[{"no":1}]}],"items":[{"yes":1}]}"#, [["yes": 1]]
    ),
  ]

  @Test(arguments: lists)
  func itemsAreFoundWhereverThePiecesEnd(
    _ text: String, _ expected: [JSON]
  ) throws {
    var whole = try JSON(parsing: text)
    if whole["items"]?.array != nil { whole["items"] = [] }
    let bytes = Array(text.utf8)
    for size in 1...bytes.count {
      var splitter = ListSplitter()
      var items: [JSON] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        try bytes[start..<min(start + size, bytes.count)]
          .withUnsafeBytes { piece in
            try splitter.read(piece) { items.append(try JSON(parsing: $0)) }
          }
      }
      #expect(items == expected, "pieces of \(size)")
      #expect(try splitter.finish() == whole, "pieces of \(size)")
    }
  }

  @Test func aListThatEndsEarlyIsAnError() throws {
    var splitter = ListSplitter()
    Array(#"{"items":[{"a":1},{"b""#.utf8).withUnsafeBytes { piece in
      splitter.read(piece) { _ in }
    }
    #expect(throws: JSONError.self) { try splitter.finish() }
  }

  @Test func linesAreFoundWhereverThePiecesEnd() {
    let bytes = Array("one\n\ntwo three\nfour\nrest".utf8)
    for size in 1...bytes.count {
      var splitter = LineSplitter()
      var lines: [String] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { piece in
          splitter.read(piece) {
            lines.append(String(decoding: $0, as: UTF8.self))
          }
        }
      }
      #expect(lines.filter { !$0.isEmpty } == ["one", "two three", "four"])
      #expect(splitter.hasRest)
    }
  }

  @Test(arguments: [
    (
      #"{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a"}}}"#,
      WatchEvent.added(
        KubernetesObject(["kind": "Pod", "metadata": ["name": "a"]]))
    ),
    (
      #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}"#,
      .bookmark(resourceVersion: "9")
    ),
  ])
  func linesAreEvents(_ text: String, _ event: WatchEvent) throws {
    let read = try Array(text.utf8).withUnsafeBufferPointer {
      try WatchLine.event($0)
    }
    #expect(read == event)
  }

  @Test(
    arguments: [
      (
        #"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}"#,
        410
      ),
      (#"{"type":"STRANGE","object":{}}"#, nil),
      (#"{"object":{}}"#, nil),
    ] as [(String, Int?)])
  func otherLinesAreErrors(_ text: String, _ code: Int?) throws {
    #expect {
      try Array(text.utf8).withUnsafeBufferPointer {
        _ = try WatchLine.event($0)
      }
    } throws: { error in
      guard let error = error as? ClusterError else { return false }
      return error.code == code
    }
  }

  @Test func datesOfHTTPAreRead() {
    #expect(
      Instant(httpDate: "Sun, 22 Nov 2026 21:28:33 GMT")
        == Instant("2026-11-22T21:28:33Z"))
    #expect(Instant(httpDate: "Sunday, 22-Nov-26 21:28:33 GMT") == nil)
    #expect(Instant(httpDate: "Sun, 22 Abc 2026 21:28:33 GMT") == nil)
  }

  @Test(arguments: [
    ("plain-word/x.y", "plain-word/x.y"), ("", "''"), ("a b", "'a b'"),
    ("it's", "'it'\\''s'"), ("$HOME", "'$HOME'"),
    ("app in (a,b)", "'app in (a,b)'"),
  ])
  func wordsAreQuotedForAShell(_ word: String, _ quoted: String) {
    #expect(word.shellQuoted == quoted)
  }

  @Test func theCommandLogKeepsTheLastOnes() {
    let log = CommandLog(capacity: 3)
    for number in 1...5 {
      log.add("command \(number)", isWrite: false, time: .seconds(number))
    }
    #expect(log.commands.map(\.number) == [3, 4, 5])
    #expect(log.count == 5)
  }
}
