// Places and programs that modules need for a moment on this machine.

extension ModuleCall {
  /// Makes a directory that only this user reads, for as long as `body` runs.
  ///
  /// - Parameters:
  ///   - parent: where it is made; nil for the machine's own place.
  ///   - body: what is done with the directory's path.
  /// - Returns: what `body` does.
  /// - Throws: what `body` and the machine throw.
  nonisolated(nonsending)
    func withScratch<Result>(
      in parent: String? = nil, _ body: (String) async throws -> Result
    ) async throws -> Result
  {
    var random = SystemRandomNumberGenerator()
    let number = String(UInt64.random(in: .min ... .max, using: &random))
    let path = Paths.join(
      parent ?? environment["TMPDIR"] ?? "/tmp", "quarterdeck-task-\(number)")
    try machine.makeDirectory(path, mode: 0o700)
    do {
      let result = try await body(path)
      try? machine.remove(path)
      return result
    } catch {
      try? machine.remove(path)
      throw error
    }
  }

  /// Runs a program that answers in English.
  func program(
    _ words: [String], in directory: String? = nil
  ) async throws -> LocalCommandResult {
    var variables = environment
    for name in ["LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE"] {
      variables[name] = "C.UTF-8"
    }
    return try await machine.run(
      LocalCommand(words, directory: directory, environment: variables))
  }
}

extension LocalCommandResult {
  /// What was written to standard output.
  var text: String { String(decoding: output, as: UTF8.self) }

  /// What was written to standard error.
  var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
}
