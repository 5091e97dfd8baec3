// Where templates find those that they include, import and extend.

import Jinja

/// Directories that are searched in order for a template's name.
struct TemplateFolders: Sendable, Hashable {
  var directories: [String]

  /// The directories themselves.
  init(_ directories: [String]) { self.directories = directories }

  /// Those of the `template` module and what works like it: the places that a
  /// task's files are looked for in, the playbook's directory and that of the
  /// template, each with its `templates` folder first.
  init(stack: [String], project: String, template path: String) {
    directories = Self.withTemplates(
      stack + [project, Paths.directory(of: path)])
  }

  /// Those of the `template` lookup, which starts beside the template.
  init(lookup stack: [String], template path: String) {
    directories = [Paths.directory(of: path)] + Self.withTemplates(stack)
  }

  private static func withTemplates(_ places: [String]) -> [String] {
    places.flatMap { [Paths.join($0, "templates"), $0] }
  }

  /// Whether a template may name another one; most do not.
  static func matter(to text: String) -> Bool {
    ["include", "import", "extends"].contains { text.contains($0) }
  }

  /// A loader over the directories, by the rules of Jinja2's FileSystemLoader:
  /// names never lead out of them.
  func loader(_ files: any SourceFiles) -> Environment.Loader {
    { name, _ in
      let parts = name.split(separator: "/").filter { $0 != "." }
      guard !parts.isEmpty, !parts.contains("..") else { return nil }
      for directory in directories {
        let path = Paths.join([directory] + parts.map(String.init))
        if files.isFile(path) {
          return TemplateSource(text: try files.text(path), path: path)
        }
      }
      return nil
    }
  }
}
