// What changes in files as text: the real callback and this engine write the
// same.

import Foundation
import Jinja
import Oracle
import Testing

@testable import Ansible

@Suite("Differences against ansible-core")
struct DiffTextTests {
  @Test("texts that differ by chance")
  func texts() throws {
    let judge = try Oracle(venv: "ansible", script: "ansible/diffs.py")
    // The same texts in every run.
    var state: UInt64 = 7
    func pick(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return Int(state >> 33) % count
    }
    for length in [0, 1, 2, 5, 12, 40, 40, 40, 120, 260, 700] {
      for variety in [2, 6, 1000] {
        let old = (0..<length).map { _ in "line \(pick(variety))\n" }
        var new = old
        for _ in 0..<(1 + pick(6)) {
          switch pick(3) {
          case 0: new.insert("new \(pick(3))\n", at: pick(new.count + 1))
          case 1 where !new.isEmpty: new.remove(at: pick(new.count))
          default:
            if !new.isEmpty { new[pick(new.count)] = "other \(pick(3))\n" }
          }
        }
        var (before, after) = (old.joined(), new.joined())
        if pick(3) == 0, !before.isEmpty { before.removeLast() }
        if pick(3) == 0, !after.isEmpty { after.removeLast() }
        try compare(
          ["before": before, "after": after, "before_header": "a"], judge)
      }
    }
  }

  @Test(
    "differences that are no texts",
    arguments: [
      #"{"before": {"mode": "0600", "b": {"a": [1, "ä", null]}}, "after": {"mode": "0644", "b": {"a": []}}}"#,
      #"{"before": null, "after": "x\n", "after_header": "h"}"#,
      #"{"before": "same\n", "after": "same\n"}"#,
      #"{"dst_binary": 1, "src_binary": 1}"#,
      #"{"dst_larger": 104448, "src_larger": 104448}"#,
      #"{"prepared": "as it\nis"}"#, #"{"before": "x"}"#, "[]", "{}",
      #"[{"before": "a", "after": "b"}, {"before_header": "x"}, {"before": {}, "after": {"a": 1.5}}]"#,
    ])
  func others(_ text: String) throws {
    let judge = try Oracle(venv: "ansible", script: "ansible/diffs.py")
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    try compare(value, judge)
  }

  private func compare(_ question: Any, _ judge: Oracle) throws {
    let data = try JSONSerialization.data(withJSONObject: question)
    let theirs = try JSONSerialization.jsonObject(
      with: try judge.ask(data), options: .fragmentsAllowed)
    let value = try JSONReader.value(of: Array(data))
    #expect(DiffText.of(value) == theirs as? String)
  }
}
