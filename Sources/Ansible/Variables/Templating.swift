// Templates and expressions with Ansible's settings, each compiled once and
// kept, because roles write the same few again and again.

import Jinja
import Synchronization

/// Compiles and keeps the templates and expressions of a project.
public final class Templating: Sendable {
  public let environment: Environment
  private let templates = Mutex<[String: Template]>([:])
  private let expressions = Mutex<[String: Expression]>([:])
  private let variants = Mutex<
    [(folders: TemplateFolders?, templating: Templating)]
  >([])

  /// Templating with the filters, tests and lookups of an environment.
  public init(_ environment: Environment) {
    self.environment = environment
  }

  /// Whether a text holds anything for a template to do.
  static func isTemplate(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      guard bytes.count > 1 else { return false }
      for index in 1..<bytes.count where bytes[index - 1] == 0x7B {
        let next = bytes[index]
        if next == 0x7B || next == 0x25 || next == 0x23 { return true }
      }
      return false
    }
  }

  /// Whether a text is nothing but one template expression or statement.
  static func isWhollyTemplate(_ text: String) -> Bool {
    let stripped = text.stripped
    return (stripped.hasPrefix("{{") && stripped.hasSuffix("}}"))
      || (stripped.hasPrefix("{%") && stripped.hasSuffix("%}"))
  }

  /// The compiled template of a text.
  ///
  /// Throws `TemplateError`.
  func template(_ text: String, name: String? = nil) throws -> Template {
    if let known = templates.withLock({ $0[text] }) { return known }
    let made = try Template(text, name: name, in: environment)
    templates.withLock { $0[text] = made }
    return made
  }

  /// The compiled expression of a text.
  ///
  /// Throws `TemplateError`.
  func expression(_ text: String) throws -> Expression {
    if let known = expressions.withLock({ $0[text] }) { return known }
    let made = try Expression(text, in: environment)
    expressions.withLock { $0[text] = made }
    return made
  }

  /// The same filters and lookups under other settings, such as a template
  /// file's own delimiters, with `folders` for the templates that it names.
  func variant(
    _ options: Options, _ folders: TemplateFolders?, _ files: any SourceFiles
  ) -> Templating {
    if options == environment.options, folders == nil { return self }
    if let known = variants.withLock({ all in
      all.first {
        $0.templating.environment.options == options && $0.folders == folders
      }
    }) {
      return known.templating
    }
    let made = Templating(
      environment.variant(
        options, loader: folders?.loader(files) ?? environment.loader))
    variants.withLock { $0.append((folders, made)) }
    return made
  }
}
