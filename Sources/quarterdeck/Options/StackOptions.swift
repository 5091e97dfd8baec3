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
      "A file with the password of the stack's Ansible Vault.",
      valueName: "file"),
    completion: .file())
  var vaultPasswordFile: String?

  /// The stack's directory, absolute.
  var directory: String { absolutePath(stack) }

  func workshop() throws -> Workshop {
    try Workshop(vault: try vault())
  }

  func vault() throws -> Vault {
    guard let vaultPasswordFile else { return Vault() }
    var password = try Input.read(vaultPasswordFile)
    while let last = password.last, [0x0A, 0x0D, 0x20, 0x09].contains(last) {
      password.removeLast()
    }
    guard !password.isEmpty else {
      throw Failure(.badInput, "\(vaultPasswordFile): the password is empty")
    }
    return Vault(secrets: [VaultSecret(password: password)])
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
