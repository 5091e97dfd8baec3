// Which tasks run under chosen tags: the table of Ansible's documentation.

import Testing

@testable import Ansible

@Suite("Tags")
struct TagFilterTests {
  @Test(
    "chosen and skipped tags",
    arguments: [
      ([], [], [], true),
      (["a"], [], [], true),
      (["never"], [], [], false),
      (["never", "a"], ["a"], [], true),
      (["always"], ["b"], [], true),
      (["a"], ["b"], [], false),
      ([], ["b"], [], false),
      ([], ["untagged"], [], true),
      (["a"], ["tagged"], [], true),
      ([], ["tagged"], [], false),
      (["a"], [], ["a"], false),
      (["always"], [], ["always"], false),
      (["always"], [], ["a"], true),
      (["a"], [], ["tagged"], false),
      (["a"], [], ["all"], false),
      (["always"], [], ["all"], true),
    ] as [([String], [String], [String], Bool)])
  func runs(_ own: [String], _ only: [String], _ skip: [String], _ runs: Bool) {
    #expect(
      PlayRunner.runs(Set(own), only: Set(only), skip: Set(skip)) == runs)
  }
}
