// Which stack a command works on.

import Ansible
import ArgumentParser
import Glibc
import Platform
import Stack

struct StackOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The stack's directory.", valueName: "dir"),
    completion: .directory)
  var stack = "."

  @Option(
    help: ArgumentHelp(
      "A file with the password of the stack's Ansible Vault, or a program "
        + "that prints it; otherwise $ANSIBLE_VAULT_PASSWORD_FILE names it.",
      valueName: "file"),
    completion: .file())
  var vaultPasswordFile: String?

  /// The stack's directory, absolute.
  var directory: String { absolutePath(stack) }

  func workshop() throws -> Workshop {
    try Workshop(vault: try vault())
  }

  func vault() throws -> Vault {
    let variable = currentEnvironment()["ANSIBLE_VAULT_PASSWORD_FILE"]
    guard let path = vaultPasswordFile ?? variable, !path.isEmpty else {
      return Vault()
    }
    do {
      return Vault(secrets: [try Self.secret(from: path)])
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.badInput, "\(path.printable): \(error)")
    }
  }

  /// The password as Ansible reads it: a file's text, or what a program prints.
  private static func secret(from path: String) throws -> VaultSecret {
    if path == "-" {
      let text = String(decoding: try Input.read("-"), as: UTF8.self)
      return try VaultPasswordSource("prompt").secret(
        files: DiskSources(), prompt: { _ in text }, run: { _ in [] })
    }
    return try VaultPasswordSource("default@" + path).secret(
      files: DiskSources(),
      prompt: { _ in throw Failure(.usage, "name a file with the password") },
      run: { command in
        let child = ChildCommand(
          absolutePath(command[0]), Array(command.dropFirst()))
        let result = try Waiting.run { try await LocalProcesses().run(child) }
        guard result.status.isSuccess else {
          throw Failure(
            .badInput, "\(path.printable) ended with \(result.status)")
        }
        return result.output
      })
  }

  func open(in workshop: Workshop) throws -> OpenStack {
    try Workshop.checked { () throws(StackProblem) in
      try workshop.store.open(directory)
    }
  }
}

/// A path made absolute by the current directory, without `.`, `..` and
/// doubled slashes.
func absolutePath(_ path: String) -> String {
  var parts: [Substring] = []
  var whole = path
  if !path.hasPrefix("/") {
    guard let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    whole = String(cString: here) + "/" + path
  }
  for part in whole.split(separator: "/") where part != "." {
    if part == ".." {
      _ = parts.popLast()
    } else {
      parts.append(part)
    }
  }
  return "/" + parts.joined(separator: "/")
}
