// `tempfile`: a new file or directory of this machine with a name of its own.

import Jinja

struct TempfileModule: Module {
  let names = ["ansible.builtin.tempfile"]
  private static let spec = ValidationSpec([
    "path": .init("path"), "prefix": .init("str", default: "ansible."),
    "suffix": .init("str", default: ""),
    "state": .init("str", default: "file", choices: ["file", "directory"]),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    let state = arguments["state"]?.text ?? "file"
    if call.isCheckMode {
      var result = ModuleResult(
        changed: false,
        message: "remote module (tempfile) does not support check mode")
      result.values["skipped"] = true
      return result
    }
    for name in ["prefix", "suffix"] {
      guard let part = arguments[name]?.text, part.contains("/") else {
        continue
      }
      return .failure(
        "\(name) must be a valid file name component, got "
          + ((try? Value(part).repr()) ?? part))
    }
    var random = SystemRandomNumberGenerator()
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789_")
    let name = String(
      (0..<8).map { _ in letters.randomElement(using: &random) ?? "a" })
    let path = Paths.join(
      arguments["path"]?.text ?? "/tmp",
      (arguments["prefix"]?.text ?? "") + name
        + (arguments["suffix"]?.text ?? ""))
    if call.isPreview {
      call.reportLocal(
        .file(
          path: Paths.directory(of: path),
          state: state == "directory" ? "temporary folder" : "temporary file"))
      var result = ModuleResult(changed: true)
      result.values["path"] = .unknown
      return result
    }
    guard call.search.files.exists(Paths.directory(of: path)) else {
      return .failure("[Errno 2] No such file or directory: '\(path)'")
    }
    if state == "directory" {
      try call.machine.makeDirectory(path, mode: 0o700)
    } else {
      try call.machine.write(path, [], mode: 0o600)
    }
    var result = ModuleResult(["changed": true, "path": Value(path)])
    result.describeFile(call)
    return result
  }
}
