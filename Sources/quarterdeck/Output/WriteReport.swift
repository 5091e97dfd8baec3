// One rendered write as YAML or JSON, with secrets masked unless asked for.

import AnsibleKubernetes
import Kubernetes
import Run
import Stack

struct WriteReport {
  var write: RenderedWrite

  init(_ write: RenderedWrite) { self.write = write }

  /// A YAML document headed by what is done and which task does it.
  func yaml(component: String, showingSecrets: Bool) -> String {
    var text = "---\n# \(component): \(verb) by \(write.task.place)\n"
    if let object = object(showingSecrets: showingSecrets) {
      text += YAMLText.lines(object).joined(separator: "\n") + "\n"
    } else {
      text += "# \(write.reference)\n"
    }
    for pointer in write.unknown {
      text += "# known only during the run: \(pointer)\n"
    }
    return text
  }

  func json(showingSecrets: Bool) -> JSON {
    [
      "operation": .string(verb),
      "object": object(showingSecrets: showingSecrets) ?? .null,
      "apiVersion": .string(write.reference.apiVersion),
      "kind": .string(write.reference.kind),
      "namespace": write.reference.namespace.map(JSON.string) ?? .null,
      "name": .string(write.reference.name),
      "task": .string(write.task.name),
      "place": .string("\(write.task.place)"),
      "unknown": .array(write.unknown.map(JSON.string)),
      "certain": .bool(write.isCertain),
    ]
  }

  private var verb: String {
    switch write.operation {
    case .apply: "apply"
    case .create: "create"
    case .patch: "patch"
    case .replace: "replace"
    case .delete: "delete"
    }
  }

  private func object(showingSecrets: Bool) -> JSON? {
    guard let object = write.object, !showingSecrets else {
      return write.object
    }
    return SecretMask.masked(old: nil, new: object, spans: write.secrets).new
  }
}
