// Where templates find those that they include, import and extend.

import Glibc
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
    var text = text
    return text.withUTF8 { bytes in
      guard let base = bytes.baseAddress else { return false }
      return bytes.indices.contains { start in
        // Only two letters can begin one of the words.
        guard bytes[start] == 0x69 || bytes[start] == 0x65 else { return false }
        return words.contains {
          start + $0.utf8CodeUnitCount <= bytes.count
            && memcmp(
              base + start, $0.utf8Start,
              $0.utf8CodeUnitCount) == 0
        }
      }
    }
  }

  private static let words: [StaticString] = ["include", "import", "extends"]

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
