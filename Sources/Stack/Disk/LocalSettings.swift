// What a stack remembers on this machine alone: .quarterdeck/local.yml.

import Ansible
import Kubernetes
import Platform

/// The settings of a stack that are not shared with other machines.
struct LocalSettings: Sendable, Hashable {
  /// The context of the kubeconfig; nil for the current one.
  var context: String?
  var isRehearsal = false

  /// Reads them; a missing or broken file means the usual settings.
  static func read(_ layout: StackLayout, _ files: any Platform.Files)
    -> LocalSettings
  {
    var settings = LocalSettings()
    guard let content = try? files.read(layout.localSettings, limit: 1 << 16),
      let json = try? YAMLValues.json(
        String(decoding: content.bytes, as: UTF8.self),
        file: layout.localSettings)
    else { return settings }
    settings.context = json["context"]?.string
    settings.isRehearsal = json["rehearsal"]?.bool ?? false
    return settings
  }

  /// Writes them.
  func write(
    _ layout: StackLayout, _ files: any Platform.Files
  ) throws(StackProblem) {
    var json: JSON = ["rehearsal": .bool(isRehearsal)]
    json["context"] = context.map(JSON.string)
    let text =
      "# Kept by Quarterdeck for this machine alone.\n"
      + YAMLText.lines(json).joined(separator: "\n") + "\n"
    do throws(FileError) {
      try files.makePrivateFolder(layout.local)
      try files.write(
        Array(text.utf8), to: layout.localSettings, mode: .secret)
    } catch {
      throw StackProblem(error)
    }
  }
}
