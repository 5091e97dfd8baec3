// `quarterdeck template`: the template language alone.

import Ansible
import ArgumentParser
import Jinja
import Platform

struct TemplateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "template",
    abstract: "Render a Jinja2 template.",
    discussion: """
      The settings are those of Ansible's template module (trim_blocks, \
      keep_trailing_newline, strict undefined); --jinja-options overrides them \
      by the names of Jinja2's Environment, "native" gives a value as JSON, and \
      "limits" bounds what a template may use (steps, recursion, text_size...).
      """)

  @Argument(help: "The template's file, - for standard input.")
  var file: String

  @OptionGroup var variables: VariableOptions

  @Option(
    help: ArgumentHelp(
      "Settings of the language as a JSON dictionary.", valueName: "json"))
  var jinjaOptions: String?

  @Option(
    help: ArgumentHelp(
      "A directory in which include, import and extends look; "
        + "may be given again. The template's own comes first.",
      valueName: "dir"))
  var searchPath: [String] = []

  func run() throws {
    let source = try Input.text(file)
    let options = try settings()
    let folders = [folder] + searchPath
    let environment = Environment(options: options) { registry in
      registry.loader = { name, _ in
        guard !name.split(separator: "/").contains("..") else { return nil }
        for folder in folders {
          let path = folder + "/" + name
          guard let content = try? LocalFiles().read(path),
            let text = String(validating: content.bytes, as: UTF8.self)
          else { continue }
          return TemplateSource(text: text, path: path)
        }
        return nil
      }
    }
    let values = ValueDictionary(try variables.entries())
    do {
      let template = try Template(
        source, name: file == "-" ? "<stdin>" : file, in: environment)
      if options.native == .off || !asksForValue {
        Report.standardOutput(try template.render(values))
      } else {
        let value = try template.renderValue(values)
        var writer = JSONWriter(options.limits)
        try writer.write(value)
        Report.line(writer.out.text)
      }
    } catch let error as TemplateError {
      throw Failure(.badInput, TemplateReport.text(of: error))
    }
  }

  private var folder: String {
    guard file != "-", let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }

  /// Whether --jinja-options name `native`: Ansible's own settings have it on,
  /// but its template module writes text.
  private var asksForValue: Bool { jinjaOptions?.contains("native") == true }

  private func settings() throws -> Options {
    guard let jinjaOptions else { return .ansible }
    do {
      let read = try AnsibleText.value(
        of: Array(jinjaOptions.utf8), file: "--jinja-options", vault: Vault())
      guard let dictionary = read.value.dictionary else {
        throw Failure(.usage, "--jinja-options takes a JSON dictionary")
      }
      return try Options.ansible.overridden(by: dictionary)
    } catch let error as YAMLError {
      throw Failure(.usage, error.description)
    } catch let error as TemplateError {
      throw Failure(.usage, error.message)
    }
  }
}
