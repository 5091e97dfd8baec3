// Facts that the machine's owner left in a directory (`fact_path`): JSON or INI
// in files that end in .fact, or what programs of that name write.

import Jinja

/// Reads `ansible_local`.
struct LocalFacts {
  let call: ModuleCall
  let source: any FactSource

  /// The facts by the files' names.
  func facts(in folder: String?) async throws -> Value {
    guard let folder, source.files.isDirectory(folder) else {
      return .dictionary([])
    }
    var facts: [(String, Value)] = []
    for name in source.names(in: folder)
    where name.hasSuffix(".fact") && !name.hasPrefix(".") {
      facts.append(
        (
          name.replacing(".fact", with: ""),
          try await fact(Paths.join(folder, name))
        ))
    }
    return .dictionary(facts)
  }

  private func fact(_ path: String) async throws -> Value {
    let isProgram =
      source.files.stamp(path).map { $0.mode & 0o100 != 0 } ?? false
    let content: [UInt8]
    if isProgram {
      // A preview starts nothing.
      if call.isPreview { return .unknown }
      let ended = try await call.machine.run(
        LocalCommand([path], environment: call.environment))
      guard ended.hasStarted, ended.exitCode == 0 else {
        let errors = String(decoding: ended.errorOutput, as: UTF8.self)
        return told(
          ended.hasStarted
            ? "Failure executing fact script (\(path)), rc: \(ended.exitCode), "
              + "err: \(errors)"
            : "Could not execute fact script (\(path)): \(errors)")
      }
      content = ended.output
    } else {
      content = Array((source.text(path) ?? "").utf8)
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      return told(
        "error loading fact - output of running \"\(path)\" was not utf-8")
    }
    if let value = try? JSONReader.value(of: content) { return value }
    guard let ini = try? IniText(text) else {
      return told(
        "error loading facts as JSON or ini - please check content: \(path)")
    }
    do {
      return .dictionary(
        try ini.sections.map { section in
          let options = ini.options(of: section.name) ?? []
          return (
            section.name,
            .dictionary(
              try options.map {
                (
                  $0.key,
                  Value(
                    try ini.interpolated($0.value ?? "", in: section.name))
                )
              })
          )
        })
    } catch {
      let problem = (error as? IniError)?.message ?? "\(error)"
      return told(
        "error loading facts as ini - please check content: \(path) "
          + "(\(problem))")
    }
  }

  /// What went wrong stands in the place of the fact, and is a warning.
  private func told(_ sentence: String) -> Value {
    call.warn(sentence)
    return Value(sentence)
  }
}
