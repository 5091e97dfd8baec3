// Holds the sources to the house: imports point downwards only, each file says
// what it is for, and what one target alone may touch stays there.

import Foundation
import Testing

/// A source file of the package, with the target it belongs to.
struct SourceFile: CustomStringConvertible {
  var target: String
  var path: String
  var text: String
  var description: String { path }

  var imports: [String] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard let start = words.firstIndex(of: "import"),
        words[..<start].allSatisfy({
          $0.hasPrefix("@")
            || ["public", "package", "internal", "private"].contains($0)
        }), start + 1 < words.count
      else { return nil }
      let name = words[start + 1]
      guard
        !["struct", "class", "enum", "protocol", "func", "let"]
          .contains(name)
      else {
        return words[start + 2].split(separator: ".").first.map(String.init)
      }
      return name.split(separator: ".").first.map(String.init)
    }
  }
}

enum House {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// All Swift files under a folder of the repository.
  static func files(under folder: String) -> [SourceFile] {
    let base = root.appendingPathComponent(folder)
    guard
      let walker = FileManager.default.enumerator(
        at: base, includingPropertiesForKeys: nil)
    else { return [] }
    var found: [SourceFile] = []
    for case let url as URL in walker where url.pathExtension == "swift" {
      let path = url.path.dropFirst(root.path.count + 1)
      let parts = path.split(separator: "/")
      guard parts.count > 2,
        let text = try? String(contentsOf: url, encoding: .utf8)
      else { continue }
      found.append(
        SourceFile(target: String(parts[1]), path: String(path), text: text))
    }
    return found.sorted { $0.path < $1.path }
  }

  static let sources = files(under: "Sources")

  /// What each target may import of the package's own targets: the design's
  /// drawing, written down once more so that a change of Package.swift alone
  /// cannot loosen it.
  static let mayImport: [String: Set<String>] = [
    "Platform": ["CPlatform"],
    "Kubernetes": [],
    "Catalogue": [],
    "Kubectl": ["Kubernetes", "Platform"],
    "Rehearsal": ["Kubernetes", "Platform"],
    "Jinja": [],
    "Ansible": ["CAnsible", "Jinja", "Platform"],
    "AnsibleKubernetes": ["Ansible", "Jinja", "Kubernetes", "Platform"],
    "Stack": [
      "Ansible", "AnsibleKubernetes", "Catalogue", "Jinja", "Kubernetes",
      "Platform",
    ],
    "Run": [
      "Ansible", "AnsibleKubernetes", "Jinja", "Kubernetes", "Platform",
      "Stack",
    ],
    "Terminal": ["CNcurses"],
    "Console": [
      "Ansible", "Jinja", "Kubernetes", "Platform", "Run", "Stack", "Terminal",
    ],
    "quarterdeck": [
      "Ansible", "AnsibleKubernetes", "Catalogue", "Console", "Jinja",
      "Kubectl", "Kubernetes", "Platform", "Rehearsal", "Run", "Stack",
      "Terminal",
    ],
  ]
}

@Suite struct ImportTests {
  @Test func everyTargetStandsInTheDrawing() {
    #expect(Set(House.sources.map(\.target)) == Set(House.mayImport.keys))
  }

  @Test func importsPointDownwards() {
    let own = Set(House.mayImport.keys).union([
      "CPlatform", "CAnsible", "CNcurses",
    ])
    for file in House.sources {
      let allowed = House.mayImport[file.target] ?? []
      for name in file.imports where own.contains(name) {
        #expect(allowed.contains(name), "\(file) imports \(name)")
      }
    }
  }

  @Test func onlyOneFileTouchesNcurses() {
    let touching = House.sources.filter { $0.imports.contains("CNcurses") }
    #expect(touching.count <= 1, "\(touching.map(\.path))")
  }

  @Test func onlyAnsibleImportsCryptography() {
    for file in House.sources where file.target != "Ansible" {
      for name in file.imports {
        #expect(!name.contains("Crypto"), "\(file) imports \(name)")
      }
    }
  }

  @Test func noTargetNeedsFoundationNetworking() {
    for file in House.sources {
      #expect(!file.imports.contains("FoundationNetworking"), "\(file)")
    }
  }

  @Test func everyFileSaysWhatItIsFor() {
    for file in House.sources + House.files(under: "Tests") {
      let first = file.text.split(separator: "\n").first ?? ""
      #expect(
        first.hasPrefix("// ") && first.count > 12,
        "\(file) does not open with what it is for")
      #expect(!first.contains("Placeholder"), "\(file) is a placeholder")
    }
  }
}
