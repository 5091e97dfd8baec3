// `owner` and `group` of the modules that write files.

import Jinja
import OrderedCollections

enum FileOwnership {
  /// Gives what a task has written to the user and group that it names.
  ///
  /// - Parameters:
  ///   - result: what the task came to so far.
  ///   - path: the file or directory.
  ///   - recurses: whether all below a directory is given away too.
  ///   - arguments: the task's, checked.
  ///   - call: the task.
  /// - Returns: the result, changed where anything changed hands.
  /// - Throws: ``AnsibleFailure`` for names that there are not, and what the
  ///   machine throws.
  static func apply(
    to result: ModuleResult, at path: String, recurses: Bool = false,
    _ arguments: Parameters, _ call: ModuleCall
  ) throws -> ModuleResult {
    let user = try number(
      arguments["owner"], "user", call.machine.userNumber)
    let group = try number(
      arguments["group"], "group", call.machine.groupNumber)
    guard user != nil || group != nil, !result.isFailed else { return result }
    var result = result
    let paths = recurses ? [path] + below(path, call) : [path]
    for place in paths {
      guard let now = call.machine.owner(of: place) else { continue }
      let wanted = FileOwner(user: user ?? now.user, group: group ?? now.group)
      if wanted == now { continue }
      if result.changed == false { result.values["changed"] = true }
      if call.isPreview {
        call.reportLocal(.file(path: place, state: "owned"))
      } else if !call.isCheckMode {
        try call.machine.setOwner(place, wanted)
      }
    }
    return result
  }

  private static func number(
    _ value: Value?, _ kind: String, _ find: (String) -> UInt32?
  ) throws -> UInt32? {
    guard let value, !value.isNone else { return nil }
    let name = PlainText.of(value)
    guard let number = UInt32(name) ?? find(name) else {
      throw AnsibleFailure(
        "chown failed: failed to look up \(kind) \(name)")
    }
    return number
  }

  private static func below(_ directory: String, _ call: ModuleCall)
    -> [String]
  {
    let names = (try? call.search.files.names(in: directory)) ?? []
    return names.flatMap { name -> [String] in
      let path = Paths.join(directory, name)
      let isFolder =
        call.search.files.isDirectory(path)
        && call.machine.linkTarget(path) == nil
      return [path] + (isFolder ? below(path, call) : [])
    }
  }
}
