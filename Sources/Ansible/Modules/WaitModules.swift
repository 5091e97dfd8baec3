// `pause` and `wait_for`: time that a play takes on purpose.

import Jinja

struct PauseModule: Module {
  let names = ["ansible.builtin.pause"]
  private static let spec = ValidationSpec(
    [
      "echo": .init("bool", default: true), "minutes": .init("int"),
      "seconds": .init("int"), "prompt": .init("str"),
    ], mutuallyExclusive: [["minutes", "seconds"]])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    let seconds =
      arguments["seconds"]?.integer
      ?? arguments["minutes"]?.integer.map {
        $0.multipliedReportingOverflow(by: 60).partialValue
      }
    if call.isPreview {
      call.reportLocal(.pause(seconds: Double(seconds ?? 0)))
    } else if let seconds, seconds > 0 {
      try await call.machine.sleep(seconds: Double(seconds))
    } else if seconds == nil {
      call.warn(
        "Not waiting for response to prompt as stdin is not interactive")
    }
    return ModuleResult([
      "changed": false, "rc": 0, "stderr": "", "user_input": "",
      "stdout": Value("Paused for \(seconds ?? 0) seconds"),
      "delta": Value(seconds ?? 0), "echo": true,
    ])
  }
}

struct WaitForModule: Module {
  let names = ["ansible.builtin.wait_for"]
  let supportsCheckMode = false
  private static let spec = ValidationSpec([
    "host": .init("str", default: "127.0.0.1"),
    "timeout": .init("int", default: 300),
    "connect_timeout": .init("int", default: 5),
    "delay": .init("int", default: 0), "port": .init("int"),
    "active_connection_states": .init("list", elements: "str"),
    "path": .init("path"), "search_regex": .init("str"),
    "state": .init(
      "str", default: "started",
      choices: ["absent", "drained", "present", "started", "stopped"]),
    "exclude_hosts": .init("list", elements: "str"),
    "sleep": .init("int", default: 1), "msg": .init("str"),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    let port = arguments["port"]?.integer
    let path = arguments["path"]?.text.map(call.local)
    if port != nil, path != nil {
      return .failure(
        "port and path parameter can not both be passed to "
          + "wait_for")
    }
    let state = arguments["state"]?.text ?? "started"
    if state == "drained" {
      throw Refusal(.argument, "state: drained", at: call.task.place)
    }
    // What only `drained` looks at.
    for name in ["active_connection_states", "exclude_hosts"]
    where arguments[name]?.isNone == false {
      throw Refusal(.argument, name, at: call.task.place)
    }
    let hasPattern = arguments["search_regex"]?.isNone == false
    if hasPattern, port != nil {
      throw Refusal(
        .argument, "search_regex", at: call.task.place,
        what: "wait_for reads what a port says only in the real Ansible")
    }
    if hasPattern, state == "stopped" {
      return .failure(
        "state=stopped should only be used for checking a port in the "
          + "wait_for module")
    }
    if call.isPreview {
      call.reportDecidedDuringRun(
        "wait_for: "
          + (path ?? port.map { "port \($0)" } ?? "time passes"))
      return .unknown
    }
    let interval = Double(max(arguments["sleep"]?.integer ?? 1, 1))
    let limit = Double(arguments["timeout"]?.integer ?? 300)
    var waited = Double(arguments["delay"]?.integer ?? 0)
    if waited > 0 { try await call.machine.sleep(seconds: waited) }
    if port == nil, path == nil {
      // With nothing to look at it is time alone that is waited for.
      if limit > 0 { try await call.machine.sleep(seconds: limit) }
      waited += max(limit, 0)
    }
    while true {
      if try await holds(arguments, call, state: state, port, path) {
        let match = try path.flatMap { try found(arguments, call, in: $0) }
        let groups = match.map { match in
          (0..<match.groupCount).map { number in
            match.group(number + 1).map { Value($0).unsafe } ?? .none
          }
        }
        let named = match?.names.sorted { $0.value < $1.value }.map {
          ($0.key, match?.group($0.value).map { Value($0).unsafe } ?? .none)
        }
        var result = ModuleResult([
          "changed": false, "elapsed": Value(Int(waited)),
          "state": Value(state), "port": port.map { Value($0) } ?? .none,
          "path": path.map { Value($0) } ?? .none,
          "search_regex": arguments["search_regex"] ?? .none,
          "match_groups": .list(groups ?? []),
          "match_groupdict": .dictionary(named ?? []),
        ])
        result.describeFile(call)
        result.namePaths(as: arguments["path"]?.text ?? "", call)
        return result
      }
      guard waited < limit else { break }
      try await call.machine.sleep(seconds: interval)
      waited += interval
    }
    let message =
      arguments["msg"]?.text
      ?? "Timeout when waiting for "
      + (path.map { "file \($0)" }
        ?? "\(arguments["host"]?.text ?? ""):\(port ?? 0)")
    var result = ModuleResult.failure(message)
    result.values["elapsed"] = Value(Int(waited))
    return result
  }

  /// What the pattern finds in a file.
  private func found(
    _ arguments: Parameters, _ call: ModuleCall, in path: String
  ) throws -> PythonRegex.Match? {
    guard let pattern = arguments["search_regex"]?.text,
      call.search.files.isFile(path)
    else { return nil }
    return try PythonRegex(pattern, flags: .multiline).search(
      try call.search.files.text(path))
  }

  private func holds(
    _ arguments: Parameters, _ call: ModuleCall, state: String, _ port: Int?,
    _ path: String?
  ) async throws -> Bool {
    let wantsGone = state == "absent" || state == "stopped"
    if let path {
      guard call.search.files.exists(path) else { return wantsGone }
      guard let pattern = arguments["search_regex"]?.text else {
        return !wantsGone
      }
      if pattern.isEmpty { return true }
      return try (found(arguments, call, in: path) != nil) != wantsGone
    }
    guard let port else { return true }
    let isOpen = await call.machine.canConnect(
      host: arguments["host"]?.text ?? "127.0.0.1", port: port,
      timeoutSeconds: Double(arguments["connect_timeout"]?.integer ?? 5))
    return isOpen != wantsGone
  }
}
