// Settings and theme files, and the editor, on files in memory.

import Kubernetes
import Platform
import Terminal
import Testing

@testable import Console

struct SettingsTests {
  @Test func roundTrip() throws {
    var settings = ConsoleSettings()
    settings.theme = "light"
    settings.mouse = true
    settings.viKeys = false
    #expect(
      try ConsoleSettings(yaml: settings.yaml, file: "settings.yaml")
        == settings)
  }

  @Test(arguments: [
    ("theme: [", "s.yaml:"), ("colour: red", "s.yaml:1: no setting is named"),
    ("mouse: maybe", "s.yaml:1: mouse is true or false"),
    ("- a", "s.yaml: settings are"),
  ])
  func refuses(_ text: String, _ start: String) {
    do {
      _ = try ConsoleSettings(yaml: text, file: "s.yaml")
      Issue.record("accepted")
    } catch {
      #expect(String(describing: error).hasPrefix(start))
    }
  }

  /// The themes that ship are valid, and each names every state.
  @Test(arguments: ["default", "light", "mono"])
  func themesThatShip(_ name: String) throws {
    let folder = #filePath.split(separator: "/").dropLast(3)
    let path = "/" + folder.joined(separator: "/") + "/themes/\(name).yaml"
    let text = try LocalFiles().read(path, limit: 1 << 16)
    let theme = try Theme(
      name: name, yaml: String(decoding: text.bytes, as: UTF8.self),
      file: path)
    let failed = theme.attributes(Style(.failed))
    #expect(failed != theme.attributes(.text))
    #expect(
      theme.attributes(Style(.text, selected: true))
        != theme.attributes(.text))
    // Limited to no colours something still tells the selection.
    let mono = theme.limited(toColors: 0)
    #expect(
      mono.attributes(Style(.text, selected: true))
        != mono.attributes(.text))
  }

  private func configuration(
    _ files: MemoryFiles, processes: any Processes = ScriptedProcesses()
  ) -> ConsoleConfiguration {
    ConsoleConfiguration(
      themes: "/themes",
      environment: ["HOME": "/home/ops", "EDITOR": "ed -s"], files: files,
      processes: processes, time: HandTurnedTime())
  }

  @Test func settingsFollowXDG() throws {
    let files = MemoryFiles([
      "/home/ops/.config/quarterdeck/settings.yaml": "theme: calm\n",
      "/themes/calm.yaml": "failed: bold red\n",
      "/themes/broken.yaml": "faild: red\n",
    ])
    let found = configuration(files)
    #expect(found.theme.name == "calm")
    #expect(found.startNotice?.contains("faild") == true)
    var settings = found.settings
    settings.viKeys = false
    try found.saveSettings(settings)
    #expect(configuration(files).settings == settings)
  }

  @Test func withoutFilesTheDefaultsHold() {
    let found = configuration(MemoryFiles())
    #expect(found.settings == ConsoleSettings())
    #expect(found.theme.name == "plain")
  }

  @Test func editorGetsThePath() throws {
    let files = MemoryFiles()
    let processes = ScriptedProcesses(foreground: { command in
      guard let path = command.arguments.last else { return .exited(1) }
      try files.write(Array("new\n".utf8), to: path)
      return .exited(0)
    })
    let found = configuration(files, processes: processes)
    #expect(try found.edit("old") == "new\n")
    #expect(try found.edit("new") == nil)
  }
}
