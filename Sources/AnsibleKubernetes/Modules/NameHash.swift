// `append_hash`: a ConfigMap's or Secret's name with a hash of its content, as
// kubectl's kustomize makes it.

import Ansible
import Kubernetes

enum NameHash {
  /// Appends the hash to the name of a ConfigMap or Secret; leaves any other
  /// object as it is.
  static func append(to json: inout JSON) {
    guard let kind = json["kind"]?.string,
      kind == "ConfigMap" || kind == "Secret"
    else { return }
    let name = json["metadata"]?["name"]?.string ?? ""
    let prefix = json["metadata"]?["generateName"]?.string ?? ""
    let hash = hash(json, kind: kind)
    if !name.isEmpty {
      json.set(.string("\(name)-\(hash)"), at: "metadata", "name")
    } else if !prefix.isEmpty {
      json.set(.string("\(prefix)-\(hash)"), at: "metadata", "generateName")
    }
  }

  /// Ten characters that stand for the object's content.
  static func hash(_ json: JSON, kind: String) -> String {
    let name = json["metadata"]?["name"]?.string ?? ""
    let prefix = json["metadata"]?["generateName"]?.string ?? ""
    let usesPrefix = name.isEmpty && !prefix.isEmpty
    var parts = [
      "\"data\":" + (json["data"]?.text() ?? "\"\""),
      "\"kind\":" + JSON.string(kind).text(),
      (usesPrefix ? "\"generateName\":" : "\"name\":")
        + JSON.string(usesPrefix ? prefix : name).text(),
    ]
    if kind == "Secret" {
      parts.append("\"type\":" + (json["type"]?.text() ?? "\"\""))
    }
    let digest = Digest.sha256("{" + parts.joined(separator: ",") + "}")
    let letters: [Character: Character] = [
      "0": "g", "1": "h", "3": "k", "a": "m", "e": "t",
    ]
    return String(digest.prefix(10).map { letters[$0] ?? $0 })
  }
}
