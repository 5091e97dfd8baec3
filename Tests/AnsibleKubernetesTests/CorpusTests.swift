// How much of what others wrote this engine refuses: roles of public
// repositories that use kubernetes.core, named in Tests/Support/ansible/corpus.txt.
//
// Which of their roles count is decided by rules alone, from the roles' text and
// from what the pinned Ansible says of the names in it, see CorpusRole.

import Ansible
import Foundation
import Oracle
import Testing

@testable import AnsibleKubernetes

@Suite("Refusals")
struct CorpusTests {
  @Test("no role of the catalogue has anything refused")
  func catalogue() throws {
    let names = try FileManager.default.contentsOfDirectory(
      atPath: RenderKit.roles
    ).sorted()
    var refused: [String] = []
    for name in names {
      let role = try RenderKit.engine.describe(name, in: RenderKit.project())
      refused += role.refusals.map(\.description)
    }
    print("refused in the catalogue: \(refused.count) of \(names.count) roles")
    #expect(refused == [])
    #expect(names.count >= 4)
  }

  @Test(
    "under 5 % of the public roles that this engine is for are refused",
    .enabled(
      if: Corpus.isWanted,
      "only full runs, and those with QUARTERDECK_CORPUS, fetch repositories"))
  func corpus() throws {
    let judge = try Oracle(venv: "ansible", script: "ansible/plugins.py")
    var roles: [CorpusRole] = []
    for name in try Corpus.names() {
      guard let directory = Corpus.fetched(name) else {
        print("\(name): skipped, it could not be fetched")
        continue
      }
      let repository = try Corpus.Repository(directory)
      defer { repository.remove() }
      let found = repository.roles.map {
        CorpusRole("\(name) \($0)", repository.refusals(of: $0))
      }
      roles += try CorpusRole.judged(found, by: judge)
      let refused = found.filter { !$0.refusals.isEmpty }.count
      print("\(name): \(refused) of \(found.count) roles refused")
    }
    guard !roles.isEmpty else { return }
    let measure = Self.report(roles)
    #expect(measure.rate < 5)
    #expect(measure.total >= 100)
  }

  /// Prints the table, and answers with its last figure.
  private static func report(_ roles: [CorpusRole]) -> Tally {
    if Corpus.isTold {
      for role in roles where !role.refusals.isEmpty { print("  \(role)") }
    }
    tell(
      "what the others are counted apart for, times",
      roles.flatMap { $0.foreign + $0.broken + $0.helm })
    let own = roles.filter { $0.foreign.isEmpty && $0.broken.isEmpty }
    let members = own.filter { $0.helm.isEmpty }
    for role in members where !role.refusals.isEmpty {
      print("  refused: \(role)")
    }
    let measure = Tally(members)
    print(
      """
      roles of the corpus                                      refused
      that call a module of kubernetes.core                    \(Tally(roles))
      and that ansible-core loads                              \
      \(Tally(roles.filter { $0.broken.isEmpty }))
      and that need no Python code but of the collections      \(Tally(own))
      and no Helm                                              \(measure)
      """)
    return measure
  }

  private static func tell(_ title: String, _ reasons: [String]) {
    var counts: [String: Int] = [:]
    for reason in reasons { counts[reason, default: 0] += 1 }
    print("  \(title):")
    let order = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    for (reason, count) in order where count > 1 || Corpus.isTold {
      print("  \(count) × \(reason)")
    }
  }

  /// How many roles are refused.
  private struct Tally: CustomStringConvertible {
    let total: Int
    let refused: Int

    init(_ roles: [CorpusRole]) {
      total = roles.count
      refused = roles.filter { !$0.refusals.isEmpty }.count
    }

    var rate: Double {
      (Double(refused) / Double(max(total, 1)) * 1000).rounded() / 10
    }

    var description: String { "\(refused) of \(total), \(rate) %" }
  }
}
