// `file`: what a path on this machine is, and its owner and mode.

import Jinja
import OrderedCollections

struct FileModule: Module {
  let names = ["ansible.builtin.file"]
  let refusedArguments = Set(FileAttributes.refused)
  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        (
          "state",
          .init(
            "str",
            choices: ["absent", "directory", "file", "hard", "link", "touch"])
        ),
        ("path", .init("path", required: true, aliases: ["dest", "name"])),
        ("src", .init("path")), ("recurse", .init("bool", default: false)),
        ("force", .init("bool", default: false)),
        ("follow", .init("bool", default: true)),
        ("modification_time", .init("str")), ("access_time", .init("str")),
        ("modification_time_format", .init("str")),
        ("access_time_format", .init("str")),
      ] + FileAttributes.options))

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    for name in ["modification_time", "access_time"]
    where arguments[name].map({
      !$0.isNone && !["preserve", "now"].contains($0.text)
    }) ?? false {
      throw Refusal(.argument, name, at: call.task.place)
    }
    let given = PlainText.of(arguments["path"] ?? "")
    var request = FileRequest(
      path: call.local(given), state: arguments["state"]?.text, arguments)
    request.source = arguments["src"].flatMap {
      $0.isNone ? nil : PlainText.of($0)
    }
    request.recurses = arguments["recurse"]?.boolean ?? false
    request.force = arguments["force"]?.boolean ?? false
    request.follows = arguments["follow"]?.boolean ?? true
    var result: ModuleResult
    do {
      result = try request.perform(call)
    } catch var failure as ModuleFailure {
      failure.result.describeFile(call)
      failure.result.namePaths(as: given, call)
      throw failure
    }
    result.namePaths(as: given, call)
    return result
  }
}

extension ModuleResult {
  /// Names the paths of a result below the playbook's directory as the task
  /// wrote them.
  mutating func namePaths(as given: String, _ call: ModuleCall) {
    guard !Paths.isAbsolute(given) else { return }
    let place = call.local(given)
    for name in ["path", "dest", "backup_file", "backup"] {
      // What a link leads to is named as the link says.
      guard let path = values[name]?.text, path.hasPrefix(place) else {
        continue
      }
      values[name] = Value(given + path.dropFirst(place.count))
    }
    if let message = values["msg"]?.text {
      values["msg"] = Value(
        message.replacing(String(call.local(".").dropLast()), with: ""))
    }
  }

  /// Names a file beside the playbook as `copy` does, which wants every path
  /// to have a directory.
  mutating func nameBarePaths(_ call: ModuleCall) {
    let folder = String(call.local(".").dropLast())
    for name in ["path", "dest", "backup_file"] {
      guard let path = values[name]?.text, path.hasPrefix(folder) else {
        continue
      }
      values[name] = Value("./" + path.dropFirst(folder.count))
    }
  }
}
