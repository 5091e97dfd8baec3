// Filters of kubernetes.core.

import Jinja

enum KubernetesFilters {
  static let all: [Function] = [configResourceName]

  /// The name of a ConfigMap or Secret with a digest of its content, so that a
  /// change makes a new object.
  private static let configResourceName = Plugin.make(
    "k8s_config_resource_name", ["resource"]
  ) { _, arguments in
    if arguments[0].deepMarks().contains(.unknown) { return .unknown }
    guard let resource = arguments[0].dictionary,
      let name = try resource.value(forKey: "metadata")?.member("name")
    else {
      throw TemplateError.plugin(
        "resource must have a metadata.name key to generate a resource name")
    }
    let kind = try resource.value(forKey: "kind")?.text ?? ""
    var keys = ["data", "kind", "name"]
    switch kind {
    case "ConfigMap": break
    case "Secret": keys.append("type")
    default:
      throw TemplateError(TemplateError.Kind("NotImplementedError"), "")
    }
    let parts = try keys.map { key in
      (
        key,
        key == "name" ? name : try resource.value(forKey: key) ?? ""
      )
    }
    var writer = JSONWriter()
    writer.itemSeparator = ","
    writer.keySeparator = ":"
    writer.sortsKeys = true
    let text = try writer.text(of: .dictionary(parts)).text ?? ""
    // Digits that could spell words are exchanged, as kubectl does.
    let exchanged: [Character: Character] = [
      "0": "g", "1": "h", "3": "k", "a": "m", "e": "t",
    ]
    let digest = Digest.sha256(text).prefix(10).map { exchanged[$0] ?? $0 }
    return Value(try name.str() + "-" + String(digest))
  }
}
