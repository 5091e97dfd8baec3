// `pip`: packages of Python on this machine, in an environment of their own or
// in that of python3.

import Jinja
import OrderedCollections

struct PipModule: Module {
  let names = ["ansible.builtin.pip"]
  let refusedArguments: Set<String> = ["umask"]

  private static let spec = ValidationSpec(
    [
      "state": .init(
        "str", default: "present",
        choices: ["present", "absent", "latest", "forcereinstall"]),
      "name": .init("list", elements: "str"), "version": .init("str"),
      "requirements": .init("str"), "virtualenv": .init("path"),
      "virtualenv_site_packages": .init("bool", default: false),
      "virtualenv_command": .init("path", default: "virtualenv"),
      "virtualenv_python": .init("str"), "extra_args": .init("str"),
      "editable": .init("bool", default: false), "chdir": .init("path"),
      "executable": .init("path"), "umask": .init("str"),
      "break_system_packages": .init("bool", default: false),
    ],
    mutuallyExclusive: [
      ["name", "requirements"], ["executable", "virtualenv"],
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    if text("umask") != nil {
      throw Refusal(.argument, "umask", at: call.task.place)
    }
    let names = try Self.whole(
      arguments["name"]?.sequence()?.map { PlainText.of($0) } ?? [])
    guard !names.isEmpty || text("requirements") != nil else {
      return .failure(
        "one of the following is required: name, requirements")
    }
    let state = text("state") ?? "present"
    var wanted = names
    if let version = text("version") {
      if state == "latest" {
        return .failure("version is incompatible with state=latest")
      }
      if names.count != 1 {
        return .failure(
          "'version' argument is ambiguous when installing multiple package "
            + "distributions. Please specify version restrictions next to each "
            + "package in 'name' argument.")
      }
      if names[0].contains(where: { "<>=!~".contains($0) }) {
        return .failure(
          "The 'version' argument conflicts with any version specifier "
            + "provided along with a package name. Please keep the version "
            + "specifier, but remove the 'version' argument.")
      }
      let isPlain = version.first?.isNumber ?? false
      wanted = [names[0] + (isPlain ? "==" : "") + version]
    }
    let folder = text("chdir").map(call.local)
    var home = text("virtualenv")
    if let place = home {
      home = folder.map { Paths.join($0, place) } ?? call.local(place)
    }
    var words = Self.program(home, text("executable"))
    switch state {
    case "absent": words += ["uninstall", "-y"]
    case "latest": words += ["install", "-U"]
    case "forcereinstall": words += ["install", "-U", "--force-reinstall"]
    default: words.append("install")
    }
    var more = try text("extra_args").map { try ShellWords.split($0) } ?? []
    if arguments["editable"]?.boolean == true, !more.contains("-e") {
      more.append("-e")
    }
    words += more
    if let file = text("requirements") {
      words += ["-r", file]
    } else {
      words += wanted
    }
    if call.isPreview {
      call.reportLocal(
        .command(call.isSecret ? ["pip", "********"] : words, usesShell: false))
      return .unknown
    }
    let installation = Installation(
      call: call, pip: Self.program(home, text("executable")), home: home,
      folder: folder ?? "/tmp",
      mayBreakSystem: arguments["break_system_packages"]?.boolean ?? false)
    var result: ModuleResult
    if let home, !call.search.files.exists(Paths.join(home, "bin/activate")) {
      if call.isCheckMode { return ModuleResult(changed: true) }
      if let problem = try await installation.makeHome(
        at: home, text("virtualenv_command") ?? "virtualenv",
        python: text("virtualenv_python"),
        seesSystem: arguments["virtualenv_site_packages"]?.boolean ?? false)
      {
        return .failure(problem)
      }
      result = try await installation.run(
        words, state, comparesAll: Self.comparesAll(names, text))
      if !result.isFailed { result.values["changed"] = true }
    } else if call.isCheckMode {
      let isSure = more.isEmpty && text("requirements") == nil
      guard isSure, state != "latest" else {
        return ModuleResult(changed: true)
      }
      return ModuleResult(
        changed: try await installation.lacks(
          wanted, whileAbsent: state != "absent", state))
    } else {
      result = try await installation.run(
        words, state, comparesAll: Self.comparesAll(names, text))
    }
    for name in ["name", "version", "requirements"] {
      result.values[name] = arguments[name] ?? Value.none
    }
    result.values["state"] = Value(state)
    result.values["virtualenv"] = home.map { Value($0) } ?? Value.none
    return result
  }

  /// Whether what is installed tells more than what pip says.
  private static func comparesAll(
    _ names: [String], _ text: (String) -> String?
  ) -> Bool {
    text("requirements") != nil
      || names.contains { name in
        ["svn+", "git+", "hg+", "bzr+"].contains { name.hasPrefix($0) }
      }
  }

  /// Names whose version specifiers were parted at commas, put together.
  private static func whole(_ names: [String]) -> [String] {
    names.reduce(into: []) { all, name in
      let isRest =
        name.first.map { "<>=!~".contains($0) } ?? false
      if isRest, let last = all.popLast() {
        all.append(last + "," + name)
      } else {
        all.append(name)
      }
    }
  }

  private static func program(
    _ home: String?, _ executable: String?
  ) -> [String] {
    if let home { return [Paths.join(home, "bin/pip3")] }
    return executable.map { [$0] } ?? ["python3", "-m", "pip"]
  }
}

/// One pip, and what it says of its packages.
private struct Installation {
  let call: ModuleCall
  let pip: [String]
  let home: String?
  let folder: String
  let mayBreakSystem: Bool

  /// Makes an environment; what is wrong where that failed.
  func makeHome(
    at home: String, _ command: String, python: String?, seesSystem: Bool
  ) async throws -> String? {
    var words = try ShellWords.split(command)
    if seesSystem { words.append("--system-site-packages") }
    let isVenv = words.contains {
      $0 == "venv" || $0 == "pyvenv" || $0.hasSuffix("/pyvenv")
    }
    if isVenv, python != nil {
      return "virtualenv_python should not be used when using the venv module "
        + "or pyvenv as virtualenv_command"
    }
    if !isVenv { words.append("-p" + (python ?? "python3")) }
    let ended = try await call.program(words + [home], in: folder)
    return ended.exitCode == 0
      ? nil : "stdout: \(ended.text)\n:stderr: \(ended.errorText)"
  }

  /// Runs pip and tells whether anything changed.
  func run(
    _ words: [String], _ state: String, comparesAll: Bool
  ) async throws -> ModuleResult {
    let before = comparesAll ? try await list() : []
    let ended = try await execute(words)
    let isAbsent =
      state == "absent" && ended.exitCode == 1
      && (ended.text + ended.errorText).contains("not installed")
    guard ended.exitCode == 0 || isAbsent else {
      return .failure("stdout: \(ended.text)\n:stderr: \(ended.errorText)")
    }
    let isChanged: Bool
    if state == "absent" {
      isChanged = ended.text.contains("Successfully uninstalled")
    } else if comparesAll {
      isChanged = try await list() != before
    } else {
      isChanged = ended.text.contains("Successfully installed")
    }
    var result = ModuleResult(changed: isChanged)
    result.values["cmd"] = .list(words.map { Value($0) })
    result.values["stdout"] = Value(ended.text).unsafe
    result.values["stderr"] = Value(ended.errorText).unsafe
    result.values["stdout_lines"] = OutputLines.of(ended.text)
    result.values["stderr_lines"] = OutputLines.of(ended.errorText)
    return result
  }

  /// Whether any package is there, or not, against what the state wants.
  func lacks(
    _ wanted: [String], whileAbsent: Bool, _ state: String
  ) async throws -> Bool {
    let installed = try await list().compactMap { line -> (String, String)? in
      let parts = line.split(separator: "=", omittingEmptySubsequences: true)
      return parts.count == 2
        ? (Self.canonical(String(parts[0])), String(parts[1])) : nil
    }
    guard state == "present" || state == "absent" else { return false }
    return try wanted.contains { requirement in
      let name = requirement.prefix { !"<>=!~[; ".contains($0) }
      let rules = requirement.dropFirst(name.count)
        .drop { $0 != "]" && requirement.contains("]") }
        .drop { $0 == "]" }
      let isThere = try installed.contains { package in
        try package.0 == Self.canonical(String(name))
          && Self.fits(package.1, String(rules))
      }
      return isThere != whileAbsent
    }
  }

  /// Whether a version keeps rules such as `>=1.5,<2`.
  private static func fits(_ version: String, _ rules: String) throws -> Bool {
    let words = [
      "==": "eq", "===": "eq", "!=": "ne", ">=": "ge", "<=": "le", ">": "gt",
      "<": "lt", "~=": "ge",
    ]
    return try rules.split(separator: ",").allSatisfy { rule in
      let rule = rule.filter { $0 != " " }
      let sign = String(rule.prefix { "<>=!~".contains($0) })
      return try Versions.holds(
        version, words[sign] ?? "eq", String(rule.dropFirst(sign.count)),
        .pep440)
    }
  }

  private static func canonical(_ name: String) -> String {
    name.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
  }

  private func list() async throws -> [String] {
    try await execute(pip + ["list", "--format=freeze"]).text
      .split(separator: "\n").map(String.init)
  }

  private func execute(_ words: [String]) async throws -> LocalCommandResult {
    var variables = call.environment
    for name in ["LANG", "LC_ALL", "LC_MESSAGES"] {
      variables[name] = "C.UTF-8"
    }
    if let home {
      let path = variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
      variables["PATH"] = Paths.join(home, "bin") + ":" + path
    }
    if mayBreakSystem { variables["PIP_BREAK_SYSTEM_PACKAGES"] = "1" }
    return try await call.machine.run(
      LocalCommand(words, directory: folder, environment: variables))
  }
}
