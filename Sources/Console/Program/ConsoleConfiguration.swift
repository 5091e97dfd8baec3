// What the console needs besides a screen and a backend: settings and themes
// from disk, the clock, the operator's editor.

import Kubernetes
import Platform
import Terminal

/// The console's surroundings.
public struct ConsoleConfiguration: Sendable {
  public var settings: ConsoleSettings
  /// The themes to choose from, by name.
  public var themes: [Theme]
  /// The wall clock.
  public var now: @Sendable () -> Instant
  /// Writes the settings file; throws what went wrong in one sentence.
  public var saveSettings: @Sendable (ConsoleSettings) throws -> Void
  /// Lets the operator edit a text, on the terminal that was lent; nil when
  /// nothing was changed.
  public var edit: @Sendable (String) throws -> String?
  /// Something to tell at the start, such as an unreadable settings file.
  public var startNotice: String?

  public init(
    settings: ConsoleSettings = ConsoleSettings(), themes: [Theme] = [],
    now: @escaping @Sendable () -> Instant,
    saveSettings: @escaping @Sendable (ConsoleSettings) throws -> Void,
    edit: @escaping @Sendable (String) throws -> String?,
    startNotice: String? = nil
  ) {
    self.settings = settings
    self.themes = themes
    self.now = now
    self.saveSettings = saveSettings
    self.edit = edit
    self.startNotice = startNotice
  }

  /// Reads settings and themes, and keeps to the environment's editor.
  ///
  /// What cannot be read is told on the first screen; the console runs without
  /// it.
  ///
  /// - Parameters:
  ///   - folder: The folder of theme files.
  ///   - environment: As of the process: `VISUAL`, `EDITOR` and the folders
  ///     of the XDG Base Directory Specification.
  ///   - files: Where the files are.
  ///   - processes: What starts the editor.
  ///   - time: The clock.
  public init(
    themes folder: String, environment: [String: String],
    files: any Platform.Files, processes: any Processes, time: any TimeSource
  ) {
    let home = XDGFolders(environment: environment)
    let path = home.configuration + "/settings.yaml"
    var problems: [String] = []
    var settings = ConsoleSettings()
    do {
      let text = try files.read(path, limit: 1 << 20)
      settings = try ConsoleSettings(
        yaml: String(decoding: text.bytes, as: UTF8.self), file: path)
    } catch let error as FileError where error.isNotFound {
      // The defaults hold until something is changed.
    } catch {
      problems.append(String(describing: error))
    }
    let found = Self.themes(in: folder, files: files)
    if let problem = found.problem { problems.append(problem) }
    let editor = OperatorEditor(
      environment: environment, files: files, processes: processes)
    self.init(
      settings: settings, themes: found.themes,
      now: { Instant(microseconds: time.wallTime.microseconds) },
      saveSettings: { settings in
        try files.makePrivateFolder(home.configuration)
        try files.write(Array(settings.yaml.utf8), to: path)
      },
      edit: { try editor.edit($0) }, startNotice: problems.first)
  }

  private static func themes(
    in folder: String, files: any Platform.Files
  ) -> (themes: [Theme], problem: String?) {
    var themes: [Theme] = []
    var problem: String?
    do {
      for entry in try files.list(folder) where entry.name.hasSuffix(".yaml") {
        let path = folder + "/" + entry.name
        do {
          let text = try files.read(path, limit: 1 << 20)
          themes.append(
            try Theme(
              name: String(entry.name.dropLast(5)),
              yaml: String(decoding: text.bytes, as: UTF8.self), file: path))
        } catch {
          problem = String(describing: error)
        }
      }
    } catch {
      problem = String(describing: error)
    }
    return (themes.sorted { $0.name < $1.name }, problem)
  }

  /// The theme that the settings name, or the plain one.
  public var theme: Theme {
    themes.first { $0.name == settings.theme } ?? .plain
  }
}

/// Runs $VISUAL or $EDITOR on a text.
struct OperatorEditor: Sendable {
  var environment: [String: String]
  var files: any Platform.Files
  var processes: any Processes

  /// Lets the operator edit a text.
  ///
  /// - Returns: The new text; nil when it is the same, or the editor failed.
  /// - Throws: `FileError`, `ProcessError`, or `SettingsError` when there is
  ///   no editor.
  func edit(_ text: String) throws -> String? {
    let command =
      environment["VISUAL"].nonEmpty ?? environment["EDITOR"].nonEmpty ?? "vi"
    let words = command.split(separator: " ").map(String.init)
    guard let program = words.first else {
      throw SettingsError(description: "EDITOR names no program")
    }
    let folder = try PrivateFolder(environment: environment)
    defer { folder.remove() }
    try files.makePrivateFolder(folder.path)
    let path = folder.path + "/value.yaml"
    try files.write(Array(text.utf8), to: path, mode: .secret)
    let status = try processes.runInForeground(
      ChildCommand(program, words.dropFirst() + [path]))
    guard status.isSuccess else {
      throw SettingsError(
        description: "\(program) ended with \(status); the value is as it was")
    }
    let content = try files.read(path, limit: 16 << 20)
    let new = String(decoding: content.bytes, as: UTF8.self)
    // Editors end the last line, which the value need not.
    return new == text || new == text + "\n" ? nil : new
  }
}

extension String? {
  fileprivate var nonEmpty: String? {
    guard let self, !self.isEmpty else { return nil }
    return self
  }
}
