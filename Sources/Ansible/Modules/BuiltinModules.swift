// The modules of ansible.builtin that this engine has.

extension ModuleTable {
  /// The built-in modules that need nothing but this machine.
  public static let builtin: [any Module] = [
    AssertModule(), BlockInFileModule(), CommandModule.command,
    CommandModule.shell, CopyModule(),
    DebugModule(), FailModule(), FileModule(), IncludeVarsModule(),
    FindModule(), LineInFileModule(), PauseModule(), PingModule(),
    ReplaceModule(), SetFactModule(),
    SetStatsModule(), SlurpModule(), StatModule(), TempfileModule(),
    TemplateModule(), UriModule(), ValidateArgumentSpecModule(),
    WaitForModule(),
  ]
}

/// `ping`: answers, so that a play can ask whether it runs.
struct PingModule: Module {
  let names = ["ansible.builtin.ping"]

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    try call.refuseOthers(than: ["data"])
    return ModuleResult([
      "changed": false, "ping": call.arguments["data"] ?? "pong",
    ])
  }
}
