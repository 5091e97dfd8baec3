// The operator's own settings, kept in
// $XDG_CONFIG_HOME/quarterdeck/settings.yaml.

import Ansible
import Terminal

/// How the operator wants the console.
public struct ConsoleSettings: Hashable, Sendable {
  public var theme = "default"
  /// ASCII marks even where the locale is UTF-8.
  public var ascii = false
  public var mouse = false
  /// Whether j, k and the like move through lists.
  public var viKeys = true
  /// Whether Parameters shows advanced ones from the start.
  public var advanced = false

  public init() {}

  /// The flags, by the names that the file has for them.
  static let flags:
    [(name: String, path: WritableKeyPath<Self, Bool> & Sendable)] = [
      ("ascii", \.ascii), ("mouse", \.mouse), ("vi_keys", \.viKeys),
      ("advanced", \.advanced),
    ]

  /// Reads a settings file; what it does not name keeps its default.
  ///
  /// - Throws: `SettingsError` that names the line at fault.
  public init(yaml: String, file: String) throws {
    let document: YAMLDocument
    do {
      document = try YAML.read(yaml, file: file)
    } catch {
      throw SettingsError(description: error.description)
    }
    guard let root = document.root else { return }
    guard let entries = root.mapping else {
      throw SettingsError(description: "\(file): settings are `name: value`")
    }
    for entry in entries {
      let place = "\(file):\(entry.key.start.line)"
      let name = entry.key.scalar ?? ""
      let value = entry.value.scalar ?? ""
      if name == "theme" {
        theme = value
      } else if let flag = Self.flags.first(where: { $0.name == name }) {
        guard let isOn = Self.flag(value) else {
          throw SettingsError(
            description: "\(place): \(name) is true or false")
        }
        self[keyPath: flag.path] = isOn
      } else {
        throw SettingsError(
          description: "\(place): no setting is named "
            + "\"\(name.withoutControls)\"")
      }
    }
  }

  private static func flag(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "yes", "on": true
    case "false", "no", "off": false
    default: nil
    }
  }

  /// The text of a settings file.
  public var yaml: String {
    var text = "# Settings of quarterdeck's console.\ntheme: \(theme)\n"
    for flag in Self.flags {
      text += "\(flag.name): \(self[keyPath: flag.path])\n"
    }
    return text
  }
}

/// Why a settings or theme file was refused.
public struct SettingsError: Error, Hashable, CustomStringConvertible {
  public let description: String
}

extension Theme {
  /// Reads a theme file: roles and `selected`, each with its look.
  ///
  /// - Throws: `SettingsError` that names file and line, or `ThemeError`.
  public init(name: String, yaml: String, file: String) throws {
    let document: YAMLDocument
    do {
      document = try YAML.read(yaml, file: file)
    } catch {
      throw SettingsError(description: error.description)
    }
    var entries: [String: String] = [:]
    for entry in document.root?.mapping ?? [] {
      guard let key = entry.key.scalar, let value = entry.value.scalar else {
        throw SettingsError(
          description: "\(file):\(entry.key.start.line): a theme is "
            + "`role: look`, such as `failed: bold red`")
      }
      entries[key] = value
    }
    try self.init(name: name, entries: entries)
  }
}
