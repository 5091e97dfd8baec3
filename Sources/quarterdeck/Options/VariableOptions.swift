// `-e`: variables from the command line, in the three forms of
// ansible-playbook.

import Ansible
import ArgumentParser
import Jinja
import Kubernetes
import Platform
import Stack

struct VariableOptions: ParsableArguments {
  @Option(
    name: [.customShort("e"), .long],
    help: ArgumentHelp(
      "Variables: KEY=VALUE..., a YAML or JSON dictionary, or @FILE with one; "
        + "may be given again, the last wins.",
      valueName: "variables"))
  var extraVars: [String] = []

  /// All variables given, in the order of the command line.
  func entries(vault: Vault = Vault()) throws -> [(String, Value)] {
    var found: [(String, Value)] = []
    for text in extraVars {
      found += try Self.entries(of: text, vault: vault)
    }
    return found
  }

  /// The variables by name, as the engine takes extra vars.
  func json(vault: Vault = Vault()) throws -> [String: JSON] {
    Dictionary(
      try entries(vault: vault).map { ($0, YAMLValues.json($1)) },
      uniquingKeysWith: { _, last in last })
  }

  /// The names of the variables that come out of a vault.
  func secretNames(vault: Vault) throws -> Set<String> {
    Set(
      try entries(vault: vault).filter { _, value in
        value.deepMarks().contains(.secret)
      }.map(\.0))
  }

  private static func entries(
    of text: String, vault: Vault
  ) throws -> [(String, Value)] {
    if text.hasPrefix("@") {
      let path = String(text.dropFirst())
      return try dictionary(try Input.read(path), named: path, vault: vault)
    }
    if text.hasPrefix("{") || text.hasPrefix("[") {
      return try dictionary(Array(text.utf8), named: "-e", vault: vault)
    }
    do {
      let arguments = try KeyValueArguments(text)
      guard arguments.free == nil, !arguments.pairs.isEmpty else {
        throw Failure(
          .usage, "-e \(text): give KEY=VALUE, a dictionary or @FILE")
      }
      return arguments.pairs.map { ($0.key, Value($0.value)) }
    } catch is KeyValueArguments.Unbalanced {
      throw Failure(.usage, "-e \(text): a quote or brace is not closed")
    }
  }

  private static func dictionary(
    _ bytes: [UInt8], named name: String, vault: Vault
  ) throws -> [(String, Value)] {
    let read: AnsibleText.Read
    do {
      read = try AnsibleText.value(of: bytes, file: name, vault: vault)
    } catch {
      throw Failure(.badInput, error.description)
    }
    for warning in read.warnings {
      Report.standardError(warning.description)
    }
    if read.value.isNone { return [] }
    guard let dictionary = read.value.dictionary else {
      throw Failure(.badInput, "\(name): variables must be a dictionary")
    }
    return try dictionary.entries().map { key, value in
      guard let text = key.text else {
        throw Failure(
          .badInput, "\(name): the name of a variable must be text")
      }
      return (text, value)
    }
  }
}
