// Facts of the Python that modules would run on: this engine has none, so the
// interpreter that Ansible would take is asked.

import Jinja

/// Reads `ansible_python` and `ansible_python_version`.
struct PythonFacts {
  let call: ModuleCall
  let source: any FactSource

  /// The facts; none where the machine has no Python, unknown in a preview,
  /// which starts nothing.
  func facts() async throws -> Parameters {
    guard let interpreter else { return [:] }
    if call.isPreview {
      return ["python": .unknown, "python_version": .unknown]
    }
    let ended = try await call.machine.run(
      LocalCommand(
        [interpreter, "-I", "-S", "-c", Self.program],
        environment: call.environment))
    guard ended.hasStarted, ended.exitCode == 0,
      let facts = try? JSONReader.value(of: ended.output),
      let pairs = try facts.dictionary?.pairs()
    else { return [:] }
    return Parameters(
      pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// The interpreter that a variable names, or the first that there is.
  private var interpreter: String? {
    let named =
      (try? call.scope.value(of: "ansible_python_interpreter"))??.text ?? ""
    if !named.isEmpty, !named.hasPrefix("auto"), source.files.isFile(named) {
      return named
    }
    return ["/usr/bin/python3", "/usr/libexec/platform-python"]
      .first { source.files.isFile($0) } ?? source.program("python3")
  }

  private static let program = """
    import importlib.util, json, platform, sys
    print(json.dumps({
      "python": {
        "version": dict(zip(
          ("major", "minor", "micro", "releaselevel", "serial"),
          sys.version_info)),
        "version_info": list(sys.version_info),
        "executable": sys.executable,
        "has_sslcontext": importlib.util.find_spec("_ssl") is not None,
        "type": sys.implementation.name},
      "python_version": platform.python_version()}))
    """
}
