// The files that a plan is made from, by their digests: how a run tells that
// one changed after the plan was frozen.

import Ansible
import Platform
import Stack

/// Digests of a stack's files and of the roles that it uses.
enum InputFiles {
  /// SHA-256 by path, stack files relative to the stack.
  ///
  /// Besides the chosen components, a plan may be about `others`: those that
  /// it removes.
  static func digests(
    _ stack: OpenStack, of others: [String], _ files: any Platform.Files
  ) -> [String: String] {
    let layout = stack.layout
    var folders = [
      layout.directory + "/group_vars", layout.directory + "/host_vars",
    ]
    let chosen = Set(stack.contents.chosenComponents.map(\.name))
    folders += stack.contents.components.filter {
      chosen.contains($0.name) || others.contains($0.name)
    }.map(\.path)
    // Roles share code of roles that are no components.
    if let base = stack.contents.components.first(where: { !$0.isFromStack })?
      .path.split(separator: "/").dropLast().joined(separator: "/")
    {
      folders += libraries("/" + base, stack, files)
    }
    folders.append(layout.roles)
    var digests: [String: String] = [:]
    for folder in folders { add(folder, layout, files, &digests) }
    add(layout.configuration, layout, files, &digests)
    return digests
  }

  private static func libraries(
    _ base: String, _ stack: OpenStack, _ files: any Platform.Files
  ) -> [String] {
    let components = Set(stack.contents.components.map(\.name))
    return ((try? files.list(base)) ?? []).filter {
      $0.kind == .folder && !components.contains($0.name)
    }.map { base + "/" + $0.name }
  }

  private static func add(
    _ path: String, _ layout: StackLayout, _ files: any Platform.Files,
    _ digests: inout [String: String]
  ) {
    guard let status = try? files.status(path) else { return }
    if status.kind == .folder {
      for entry in (try? files.list(path)) ?? [] where entry.kind != .link {
        add(path + "/" + entry.name, layout, files, &digests)
      }
    } else if let content = try? files.read(path) {
      digests[layout.relative(path)] = Digest.hex(content.bytes, .sha256)
    }
  }
}
