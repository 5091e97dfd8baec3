// `quarterdeck set`: gives parameters values, or their defaults back.

import ArgumentParser
import Kubernetes
import Stack

struct SetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Set parameters: NAME=VALUE, NAME- for the default.",
    discussion: """
      All are checked before anything is written. A secret is read from \
      standard input with NAME=- (one per call), or made with --generate; it \
      is refused on the command line, where other users could read it.
      """)

  @Argument(
    help: ArgumentHelp("What to set.", valueName: "name=value"))
  var changes: [String] = []

  @Option(
    help: ArgumentHelp(
      "Secrets to make anew by their rules.", valueName: "a,b"))
  var generate: String?

  @OptionGroup var target: StackOptions

  func validate() throws {
    guard !changes.isEmpty || generate != nil else {
      throw ValidationError("name what to set: NAME=VALUE")
    }
  }

  func run() throws {
    let workshop = try target.workshop()
    let stack = try target.open(in: workshop)
    var edits: [StackEdit] = []
    for change in changes { edits.append(try edit(change, stack)) }
    for name in (generate ?? "").split(separator: ",") {
      edits.append(.generate(String(name)))
    }
    let all = edits
    let changed = try Workshop.checked { () throws(StackProblem) in
      try workshop.store.apply(all, to: stack)
    }
    for edit in edits {
      switch edit {
      case .set(let name, _), .reset(let name), .generate(let name):
        guard let value = changed.contents.value(of: name) else { continue }
        Report.line(
          "\(name): \(value.display.printable) (\(value.origin.title))")
      default: break
      }
    }
  }

  private func edit(_ change: String, _ stack: OpenStack) throws -> StackEdit {
    guard let equals = change.firstIndex(of: "=") else {
      guard change.hasSuffix("-"), change.count > 1 else {
        throw Failure(
          .usage, "\(change.printable): write NAME=VALUE, or NAME- to reset")
      }
      return .reset(String(change.dropLast()))
    }
    let name = String(change[..<equals])
    let text = String(change[change.index(after: equals)...])
    guard let value = stack.contents.value(of: name) else {
      let suggestion = Spelling.suggestion(
        for: name, among: stack.contents.values.map(\.parameter.name))
      throw Failure(
        .badInput,
        "no chosen service has a parameter \(name.printable)"
          + (suggestion.map { "; \($0)" } ?? ""))
    }
    guard value.parameter.isSecret else {
      return .set(name, try parsed(text, value.parameter))
    }
    guard text == "-" else {
      throw Failure(
        .badInput,
        "\(name) is a secret: give it on standard input with \(name)=-, or "
          + "let it be made with --generate \(name)")
    }
    var secret = String(decoding: try Input.read("-"), as: UTF8.self)
    if secret.hasSuffix("\n") { secret.removeLast() }
    return .set(name, try parsed(secret, value.parameter))
  }

  private func parsed(
    _ text: String, _ parameter: Parameter
  ) throws(Failure) -> JSON {
    do {
      return try ParameterInput.value(text, for: parameter)
    } catch {
      throw Failure(problem: error)
    }
  }
}
