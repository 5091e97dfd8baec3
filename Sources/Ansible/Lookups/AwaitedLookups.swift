// Lookups whose answers have to be waited for, such as those that read the
// cluster: a template cannot wait, so it is rendered again once they are there.

import Jinja
import Synchronization

/// The awaited lookups of one run.
///
/// A lookup that has no answer yet notes its question and fails. Whoever
/// rendered then has it answered, and renders again.
public final class AwaitedLookups: Sendable {
  /// What a lookup asks.
  public struct Question: Sendable {
    /// The lookup's name without its collection.
    public var name: String
    public var options: [String: Value]
  }

  /// Those of the run that the current task belongs to.
  @TaskLocal static var current: AwaitedLookups?

  private struct State {
    var answers: [String: [Value]] = [:]
    var open: (key: String, question: Question)?
  }

  private let state = Mutex(State())
  private let answer: @Sendable (Question) async throws -> [Value]

  /// Lookups that `answer` answers.
  public init(
    _ answer: @escaping @Sendable (Question) async throws -> [Value]
  ) {
    self.answer = answer
  }

  /// The items of a lookup; throws where they have to be asked for first.
  func items(_ question: Question) throws -> [Value] {
    let key = try question.options.sorted { $0.key < $1.key }
      .reduce(question.name) { try "\($0) \($1.key)=\($1.value.repr())" }
    return try state.withLock { state in
      if let known = state.answers[key] { return known }
      state.open = (key, question)
      throw TemplateError(.awaited, "the answer is not there yet")
    }
  }

  /// Renders until all that it asks is answered; every answer holds for this
  /// one piece of work.
  nonisolated(nonsending)
    static func resolving<Result>(
      _ work: () throws -> Result
    ) async throws -> Result
  {
    guard let awaited = current else { return try work() }
    awaited.state.withLock { $0 = State() }
    while true {
      let result = Swift.Result { try work() }
      guard try await awaited.answerOpen() else { return try result.get() }
    }
  }

  /// The same for work that waits itself; it must ask before it acts.
  nonisolated(nonsending)
    static func resolving<Result>(
      acting work: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result
  {
    guard let awaited = current else { return try await work() }
    awaited.state.withLock { $0 = State() }
    while true {
      do {
        return try await work()
      } catch {
        guard try await awaited.answerOpen() else { throw error }
      }
    }
  }

  /// Has the open question answered; false where there is none.
  nonisolated(nonsending)
    private func answerOpen() async throws -> Bool
  {
    guard
      let open = state.withLock({ state in
        defer { state.open = nil }
        return state.open
      })
    else { return false }
    let items = try await answer(open.question)
    state.withLock { $0.answers[open.key] = items }
    return true
  }
}

extension TemplateError.Kind {
  /// A lookup that has to be answered first.
  static let awaited = TemplateError.Kind("AwaitedLookup")
}

/// The lookups that are awaited.
enum ClusterLookups {
  static let all: [(String, Lookups.Body)] =
    ["k8s", "kubernetes.core.k8s"].map { name in
      (
        name,
        { call in
          // Nobody reads a cluster where none is behind the run.
          guard let awaited = AwaitedLookups.current else {
            throw UnknownValue()
          }
          return try awaited.items(
            AwaitedLookups.Question(
              name: "k8s",
              options: Dictionary(
                call.options.map { ($0.name, $0.value) },
                uniquingKeysWith: { $1 })))
        }
      )
    }
}
