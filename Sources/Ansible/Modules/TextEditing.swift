// What the modules that edit a text file share: `blockinfile`, `lineinfile` and
// `replace`.

import Jinja

enum TextEditing {
  /// The shared arguments, for the specs of modules.
  static let options: [(String, ValidationSpec.Option)] =
    [
      (
        "path",
        .init("path", required: true, aliases: ["dest", "destfile", "name"])
      ),
      ("backup", .init("bool", default: false)),
    ] + FileAttributes.options

  /// Writes an edited text back, with the mode and owner that the task asks
  /// for.
  ///
  /// - Parameters:
  ///   - text: the whole text.
  ///   - path: the file.
  ///   - change: what was done to the text, in the module's words; empty where
  ///     nothing was.
  ///   - makesFolders: whether directories that lead to the file are made.
  ///   - arguments: the task's, checked.
  ///   - call: the task.
  /// - Returns: the task's result, with what was done as its message.
  /// - Throws: ``AnsibleFailure`` and what the machine throws.
  static func write(
    _ text: String, to path: String, saying change: String,
    makesFolders: Bool, _ arguments: Parameters, _ call: ModuleCall
  ) throws -> ModuleResult {
    let mode = arguments["mode"]
    let message = try FileAttributes.message(
      change, mode, of: call.search.files.stamp(path))
    let file = FileWrite(
      path: path, content: Array(text.utf8), mode: mode,
      backup: arguments["backup"]?.boolean ?? false, follows: true,
      makesFolders: makesFolders)
    var result = try FileOwnership.apply(
      to: try file.perform(call), at: file.place(call), arguments, call)
    if !result.isFailed { result.values["msg"] = Value(message) }
    return result
  }
}
