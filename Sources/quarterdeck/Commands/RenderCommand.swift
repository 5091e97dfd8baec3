// `quarterdeck render`: the manifests of the stack.

import AnsibleKubernetes
import ArgumentParser
import Glibc
import Kubernetes
import Platform
import Rehearsal
import Run
import Stack

struct RenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Print the manifests that the roles would send.",
    discussion: """
      Roles may read the cluster; --offline renders against an empty one. \
      Secrets are masked; --show-secrets shows them to a pipe or to the file \
      of --to, which gets mode 0600, never to a terminal.
      """)

  @OptionGroup var target: StackOptions
  @OptionGroup var cluster: ClusterOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "The entry point to render.")
  var entry = "main"

  @Flag(help: "Render against an empty cluster.")
  var offline = false

  @Flag(help: "Show the values of secrets.")
  var showSecrets = false

  @Option(help: "Write to this file instead.", completion: .file())
  var to: String?

  func run() throws {
    if showSecrets, to == nil, isatty(STDOUT_FILENO) == 1 {
      throw Failure(
        .usage,
        "--show-secrets does not write to a terminal: pipe it, or name a file "
          + "with --to")
    }
    let entry = entry
    let offline = offline
    let rendered = try withSite(target, cluster) { site in
      let reader: any ClusterReader =
        offline
        ? Rehearsal(clock: .following(site.workshop.time))
        : site.connected.cluster
      return try await StackRenderer(site.context).render(
        site.stack, entryPoint: entry, over: reader
      ).map { Rendered(component: $0.component, rendering: $0.rendering) }
    }
    try print(rendered)
    let refusals = rendered.flatMap(\.rendering.refusals)
    for refusal in refusals { Report.standardError("\(refusal)".printable) }
    let failures = rendered.flatMap(\.rendering.failures)
    for failure in failures {
      Report.standardError(
        "\(failure.place): \(failure.message)".printable)
    }
    if !refusals.isEmpty { Quarterdeck.exit(withCode: .refused) }
    if !failures.isEmpty { Quarterdeck.exit(withCode: .badInput) }
  }

  struct Rendered: Sendable {
    var component: String
    var rendering: RoleRendering
  }

  private func print(_ rendered: [Rendered]) throws {
    var text = ""
    if output.isJSON {
      let documents = rendered.flatMap { item in
        item.rendering.writes.map {
          WriteReport($0).json(showingSecrets: showSecrets)
        }
      }
      text = JSON.array(documents).text(indented: true) + "\n"
    } else {
      for item in rendered {
        for write in item.rendering.writes {
          text += WriteReport(write).yaml(
            component: item.component, showingSecrets: showSecrets)
        }
      }
    }
    guard let to else { return Report.standardOutput(text) }
    do {
      _ = try LocalFiles().write(
        Array(text.utf8), to: absolutePath(to), mode: .secret,
        expected: .anything)
    } catch {
      throw Failure(.badInput, error.description)
    }
  }
}
