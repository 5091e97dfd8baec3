// `quarterdeck new`: makes a stack.

import ArgumentParser
import Kubectl
import Kubernetes
import Platform
import Stack

struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a stack: a directory with services, values and secrets.",
    discussion: """
      What the services need is chosen along and named. Secrets are generated. \
      Without --rehearse the stack is for the cluster of --context, or of the \
      kubeconfig's current context.
      """)

  @Argument(help: "The stack's directory: new or empty.")
  var directory: String

  @Option(
    help: ArgumentHelp(
      "The services, separated by commas.", valueName: "a,b"))
  var services: String

  @OptionGroup var cluster: ClusterOptions

  @Option(help: "The Kubernetes namespace for its objects.")
  var namespace = StackSettings().namespace

  @Option(help: "The OpenStack release.")
  var release = StackSettings().release

  @OptionGroup var output: OutputOptions

  func run() throws {
    let workshop = try Workshop()
    let asked = services.split(separator: ",").map {
      String($0).trimmingBlanks
    }.filter { !$0.isEmpty }
    let target = try Waiting.run { [cluster] in
      try await cluster.choice(workshop)
    }
    let settings = StackSettings(
      release: release, namespace: namespace, context: target.context,
      isRehearsal: target.isRehearsal)
    let stack = try Workshop.checked { () throws(StackProblem) in
      let made = try workshop.store.create(
        absolutePath(directory), services: asked, settings: settings)
      try workshop.store.writePlaybooks(made)
      return made
    }
    let chosen = stack.contents.chosen
    let brought = chosen.filter { !asked.contains($0) }
    if output.isJSON {
      output.print([
        "directory": .string(stack.contents.directory),
        "services": .array(chosen.map(JSON.string)),
        "brought": .array(brought.map(JSON.string)),
        "rehearsal": .bool(target.isRehearsal),
        "context": target.context.map(JSON.string) ?? .null,
      ])
      return
    }
    Report.line("made \(stack.contents.directory): \(listed(chosen))")
    if !brought.isEmpty {
      Report.line("\(listed(brought)) came along because they are needed")
    }
    Report.line(target.sentence)
  }
}

/// Names in a sentence.
func listed(_ names: [String]) -> String {
  names.isEmpty ? "no services" : names.joined(separator: ", ")
}

extension String {
  var trimmingBlanks: String {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
