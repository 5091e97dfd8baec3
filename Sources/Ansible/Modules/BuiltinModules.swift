// The modules that this engine has beside those for Kubernetes: of
// ansible.builtin, and the few of other collections that roles use with them.

extension ModuleTable {
  /// The modules that need nothing but this machine.
  public static let builtin: [any Module] = [
    AssertModule(), BlockInFileModule(), CommandModule.command,
    CommandModule.shell, CopyModule(),
    DebugModule(), FailModule(), FetchModule(), FileModule(),
    FindModule(), GatherFactsModule(), GetURLModule(), GitConfigModule(),
    GitModule(),
    HtpasswdModule(), IncludeVarsModule(), IniFileModule(), LineInFileModule(),
    PauseModule(),
    PingModule(), PipModule(), ReplaceModule(), ScriptModule(), SetFactModule(),
    SetStatsModule(), SetupModule(), SlurpModule(), StatModule(),
    TempfileModule(),
    TemplateModule(), UnarchiveModule(), UpdateFactModule(), UriModule(),
    ValidateArgumentSpecModule(), WaitForModule(),
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
