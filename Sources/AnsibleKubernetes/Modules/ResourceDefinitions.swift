// The objects that a task means: written inline, as text, in files, as
// templates, or only named.

import Ansible
import Jinja
import Kubernetes

/// The definitions of one task, by kubernetes.core's resource.py.
struct ResourceDefinitions {
  let call: ModuleCall
  let arguments: CheckedArguments

  /// The objects in order, lists of a kind taken apart.
  ///
  /// Throws ``Ansible/AnsibleFailure`` and `TemplateError`.
  func all() throws -> [Manifest] {
    var values: [Value] = []
    if let template = arguments["template"] {
      values = try templates(template)
    } else if let definition = arguments["resource_definition"] {
      values = try given(definition)
    } else if let source = arguments.text("src") {
      values = try file(source)
    } else {
      values = [.dictionary([])]
    }
    return try values.flatMap { try complete(try Manifest($0)) }
  }

  private func given(_ definition: Value) throws -> [Value] {
    if definition.isString {
      return try ManifestText.objects(in: definition, file: "definition")
    }
    guard let items = try definition.sequence() else { return [definition] }
    return try items.flatMap { item -> [Value] in
      if item.isNone { return [] }
      return item.isString
        ? try ManifestText.objects(in: item, file: "definition") : [item]
    }
  }

  private func file(_ name: String) throws -> [Value] {
    for scheme in ["http://", "https://", "ftp://"] where name.hasPrefix(scheme)
    {
      throw Refusal(
        .argument, "src: \(name)", at: call.task.place,
        what: "objects are not fetched from \(scheme)…",
        remedy: "save the manifests in the role's files and name them")
    }
    let path = try call.find(name, kind: "files")
    return try ManifestText.objects(
      in: Value(try call.search.files.text(path)), file: path)
  }

  private func templates(_ template: Value) throws -> [Value] {
    let items: [Value] = try template.sequence() ?? [template]
    return try items.flatMap { item -> [Value] in
      var settings: Parameters = [:]
      let name: String
      if let text = item.text {
        name = text
      } else {
        for entry in try item.dictionary?.entries() ?? [] {
          if let key = entry.key.text { settings[key] = entry.value }
        }
        guard let path = settings["path"]?.text else {
          throw AnsibleFailure("Please specify path for template.")
        }
        name = path
      }
      let path = try call.find(name, kind: "templates")
      return try ManifestText.objects(
        in: try TemplateFile(path: path, settings: settings).render(call),
        file: path)
    }
  }

  /// A definition with what the task's arguments say where it is silent.
  private func complete(_ manifest: Manifest) throws -> [Manifest] {
    var manifest = manifest
    guard manifest.json.object != nil else {
      throw AnsibleFailure(
        "Failed to load resource definition: an object must be a mapping, "
          + "not \(manifest.json.typeName)")
    }
    fill(&manifest.json)
    guard let kind = manifest.json["kind"]?.string, kind.hasSuffix("List"),
      let items = manifest.json["items"]?.array
    else { return [manifest] }
    return items.enumerated().map { index, item in
      var item = item
      if item["kind"] == nil {
        item["kind"] = .string(String(kind.dropLast(4)))
      }
      if item["apiVersion"] == nil {
        item["apiVersion"] = manifest.json["apiVersion"]
      }
      fill(&item)
      var part = manifest
      part.json = item
      let prefix = "/items/\(index)"
      part.unknown = manifest.unknown.compactMap {
        $0.hasPrefix(prefix + "/") ? String($0.dropFirst(prefix.count)) : nil
      }
      part.secrets = manifest.secrets.compactMap {
        guard $0.pointer.hasPrefix(prefix + "/") else { return nil }
        return SecretSpan(
          pointer: String($0.pointer.dropFirst(prefix.count)), range: $0.range)
      }
      return part
    }
  }

  private func fill(_ json: inout JSON) {
    if json["kind"] == nil {
      json["kind"] = arguments.text("kind").map(JSON.string) ?? .null
    }
    if json["apiVersion"] == nil {
      json["apiVersion"] = .string(arguments.text("api_version") ?? "v1")
    }
    if json["metadata"] == nil { json["metadata"] = .object([:]) }
    for (argument, member) in [
      ("namespace", "namespace"), ("name", "name"),
      ("generate_name", "generateName"),
    ] {
      if let text = arguments.text(argument), !text.isEmpty,
        json["metadata"]?[member] == nil
      {
        json.set(.string(text), at: "metadata", member)
      }
    }
  }
}
