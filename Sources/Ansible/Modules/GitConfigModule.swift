// `community.general.git_config`: one setting of git on this machine.

import Jinja

struct GitConfigModule: Module {
  let names = ["community.general.git_config", "git_config"]

  private static let spec = ValidationSpec([
    "name": .init("str", required: true), "value": .init("str"),
    "scope": .init(
      "str", choices: ["file", "local", "global", "system"]),
    "repo": .init("path"), "file": .init("path"),
    "state": .init(
      "str", default: "present", choices: ["present", "absent"]),
    "add_mode": .init(
      "str", default: "replace-all", choices: ["add", "replace-all"]),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    let name = text("name") ?? ""
    let value = text("value") ?? ""
    let isPresent = text("state") != "absent"
    let scope = text("scope") ?? "system"
    if isPresent, value.isEmpty {
      return .failure(
        "state is present but all of the following are missing: value")
    }
    for wanted in ["local": "repo", "file": "file"] where scope == wanted.key {
      if text(wanted.value) == nil {
        return .failure(
          "scope is \(wanted.key) but all of the following are missing: "
            + wanted.value)
      }
    }
    var words = ["git", "config", "--includes"]
    if let file = text("file"), scope == "file" {
      words += ["-f", call.local(file)]
    } else {
      words.append("--\(scope)")
    }
    let directory = scope == "local" ? text("repo").map(call.local) : "/"
    let change =
      words
      + (isPresent
        ? ["--\(text("add_mode") ?? "replace-all")", name, value]
        : ["--unset-all", name])
    if call.isPreview {
      // Even to read what is set would run a program.
      call.reportLocal(
        .command(
          call.isSecret ? ["git", "********"] : change, usesShell: false))
      return .unknown
    }
    let asked = try await call.program(
      words + ["--get-all", name], in: directory)
    // One that is not set ends with 1.
    if asked.exitCode >= 2 {
      return .failure(String(asked.errorText.stripped))
    }
    var old = asked.text.split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    while old.last == "" { old.removeLast() }
    if !isPresent, old.isEmpty {
      return ModuleResult(changed: false, message: "no setting to unset")
    }
    if isPresent, old.contains(value),
      old.count == 1 || text("add_mode") == "add"
    {
      return ModuleResult(changed: false, message: "")
    }
    if !call.isCheckMode {
      let ended = try await call.program(change, in: directory)
      guard ended.errorOutput.isEmpty else {
        return .failure(String(ended.errorText.stripped))
      }
    }
    return ModuleResult(changed: true, message: "setting changed")
  }
}
