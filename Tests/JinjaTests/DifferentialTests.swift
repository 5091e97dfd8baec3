// Every case of Cases/ in our engine and in the real Jinja2.

import Foundation
import Testing

@testable import Jinja

@Suite struct DifferentialTests {
  @Test(arguments: CaseFile.all)
  func agreesWithJinja2(_ file: URL) throws {
    let cases = try CaseFile(file).cases
    let oracle = try JinjaOracle()
    var wrong = 0
    for start in stride(from: 0, to: cases.count, by: 100) {
      let batch = Array(cases[start..<min(start + 100, cases.count)])
      let answers = try oracle.judge(batch)
      #expect(answers.count == batch.count)
      for (item, expected) in zip(batch, answers) {
        let found = item.judge()
        if found.agrees(with: expected) { continue }
        wrong += 1
        if wrong > 40 { continue }
        Issue.record(
          """
          \(item.file):\(item.line): \(item.source)
            context \(item.context)
            Jinja2  \(expected)
            ours    \(found)
          """)
      }
    }
    #expect(wrong == 0, "\(wrong) of \(cases.count) cases differ")
  }

  /// Pairs of a template and a context, without the matrix of operators, which
  /// only counts for one of many subjects.
  @Test func thereAreEnoughCases() throws {
    let files = CaseFile.all.filter {
      $0.lastPathComponent != "operators.jinja"
    }
    let count = try files.reduce(0) { try $0 + CaseFile($1).cases.count }
    #expect(count >= 1500)
    print("differential: \(count) pairs besides the matrix of operators")
  }
}
