// `script`: a file of the role run as a program on this machine.

import Jinja

struct ScriptModule: Module {
  let names = ["ansible.builtin.script"]

  private static let spec = ValidationSpec([
    "cmd": .init("str"), "creates": .init("str"), "removes": .init("str"),
    "chdir": .init("str"), "executable": .init("str"),
    "decrypt": .init("bool", default: true),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    let files = call.search.files
    if let creates = text("creates"), files.exists(call.local(creates)) {
      return skipped("\(creates) exists, matching creates option")
    }
    if let removes = text("removes"), !files.exists(call.local(removes)) {
      return skipped("\(removes) does not exist, matching removes option")
    }
    if let directory = text("chdir"), !Paths.isAbsolute(directory) {
      return .failure(
        "chdir \(directory) must be an absolute path for a Unix-aware remote "
          + "node")
    }
    let written = call.free ?? arguments["cmd"] ?? ""
    let line = String(PlainText.of(written).stripped)
    guard let first = try ShellWords.split(line).first else {
      return .failure("one of the following is required: _raw_params, cmd")
    }
    let source = try call.find(first, kind: "files")
    if call.isPreview {
      call.reportLocal(
        .command(
          [call.isSecret ? "********" : PlainText.masked(written)],
          usesShell: true))
      return .unknown
    }
    if call.isCheckMode {
      if text("creates") != nil || text("removes") != nil {
        return ModuleResult(changed: true)
      }
      return skipped("Check mode is not supported for this task.")
    }
    let content =
      arguments["decrypt"]?.boolean == false
      ? try files.read(source) : try call.project.bytes(source)
    return try await call.withScratch { scratch in
      let copy = Paths.join(scratch, Paths.name(of: source))
      try call.machine.write(copy, content, mode: 0o700)
      var command = line.replacing(first, with: copy)
      if let program = text("executable") { command = "\(program) \(command)" }
      let ended = try await call.machine.run(
        LocalCommand(
          ["/bin/sh", "-c", command], directory: text("chdir"),
          environment: call.environment))
      var result = ModuleResult([
        "changed": true, "rc": Value(ended.exitCode),
      ])
      for (name, output) in [
        ("stdout", ended.text), ("stderr", ended.errorText),
      ] {
        result.values[name] = Value(output).unsafe
        result.values[name + "_lines"] = OutputLines.of(output)
      }
      if ended.exitCode != 0 {
        result.values["msg"] = "non-zero return code"
        result.values["failed"] = true
      }
      return result
    }
  }

  private func skipped(_ reason: String) -> ModuleResult {
    var result = ModuleResult(changed: false, message: reason)
    result.values["skipped"] = true
    return result
  }
}
