// `template`: a template file rendered to a file on this machine.

import Jinja
import OrderedCollections

struct TemplateModule: Module {
  let names = ["ansible.builtin.template"]
  let refusedArguments = Set(FileAttributes.refused)
  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        ("src", .init("path", required: true)),
        ("dest", .init("path", required: true)),
        ("backup", .init("bool", default: false)),
        ("newline_sequence", .init("str", default: "\n")),
        ("block_start_string", .init("str")),
        ("block_end_string", .init("str")),
        ("variable_start_string", .init("str")),
        ("variable_end_string", .init("str")),
        ("comment_start_string", .init("str")),
        ("comment_end_string", .init("str")),
        ("trim_blocks", .init("bool", default: true)),
        ("lstrip_blocks", .init("bool", default: false)),
        ("force", .init("bool", default: true)), ("follow", .init("bool")),
        ("output_encoding", .init("str", default: "utf-8")),
        ("validate", .init("str")),
      ] + FileAttributes.options))

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    if let encoding = arguments["output_encoding"]?.text?.lowercased(),
      !["utf-8", "utf8"].contains(encoding)
    {
      throw Refusal(
        .argument, "output_encoding: \(encoding)", at: call.task.place)
    }
    let source = try call.find(
      PlainText.of(arguments["src"] ?? ""), kind: "templates")
    let text = try TemplateFile(path: source, settings: arguments).render(call)
    let given = PlainText.of(arguments["dest"] ?? "")
    let copy = FileCopy(
      content: Array((text.text ?? "").utf8), source: source,
      name: Paths.name(of: source),
      sourceMode: call.search.files.stamp(source)?.mode,
      marked: text, follows: arguments["follow"]?.boolean ?? false,
      isBare: !given.contains("/"), arguments: arguments)
    var result: ModuleResult
    do {
      let place = call.local(given)
      result =
        try await copy.perform(to: place, call)
        ?? ModuleResult([
          "changed": false, "dest": Value(place), "src": Value(source),
        ])
    } catch var failure as ModuleFailure {
      failure.result.namePaths(as: given, call)
      throw failure
    }
    if !result.isFailed, result.values["dest"] == nil {
      result.values["dest"] = result.values["path"]
    }
    result.namePaths(as: given, call)
    if text.marks.contains(.unknown) { result.values["changed"] = .unknown }
    return result
  }
}

/// A template file with the settings of the task that renders it.
public struct TemplateFile: Sendable {
  /// The file's path as found.
  public var path: String
  /// Settings by the names of the `template` module; others are ignored.
  public var settings: Parameters

  public init(path: String, settings: Parameters = [:]) {
    self.path = path
    self.settings = settings
  }

  /// The rendered text, with the marks of its parts.
  ///
  /// Throws ``AnsibleFailure`` and `TemplateError`.
  public func render(_ call: ModuleCall) throws -> Value {
    let text = String(decoding: try call.project.bytes(path), as: UTF8.self)
    let given = try Self.given(settings)
    let (source, overrides) = try Self.header(text)
    var options = call.scope.templating.environment.options
    // Only what stands in YAML keeps its backslashes.
    options.keepsBackslashes = false
    options = try options.overridden(by: ValueDictionary(given))
    options = try options.overridden(by: ValueDictionary(overrides))
    var extra = Self.variables(
      path: path, name: path, isManaged: call.scope.defines("ansible_managed"))
    extra["template_destpath"] = settings["dest"] ?? Value.none
    let scope = call.scope.adding(extra, "template")
    let folders =
      TemplateFolders.matter(to: source)
      ? TemplateFolders(
        stack: call.searchStack, project: call.search.project, template: path)
      : nil
    return TrailingNewlines.keep(
      of: source,
      in: try scope.templating.variant(options, folders, call.search.files)
        .template(source, name: path).renderText(scope),
      options.newlineSequence)
  }

  /// What a template knows of itself.
  static func variables(
    path: String, name: String, isManaged: Bool
  ) -> [String: Value] {
    var known: [String: Value] = [
      "template_path": Value(name), "template_fullpath": Value(path),
      "template_host": "localhost", "template_uid": "root",
      "template_destpath": .none,
    ]
    if !isManaged { known["ansible_managed"] = "Ansible managed" }
    return known
  }

  private static let names: Set<String> = [
    "newline_sequence", "block_start_string", "block_end_string",
    "variable_start_string", "variable_end_string", "comment_start_string",
    "comment_end_string", "trim_blocks", "lstrip_blocks",
  ]

  private static func given(_ settings: Parameters) throws
    -> [(String, Value)]
  {
    try settings.compactMap { name, value in
      guard names.contains(name), !value.isNone else { return nil }
      switch name {
      case "trim_blocks", "lstrip_blocks":
        return (name, try TypeCheck.convert(value, to: "bool"))
      case "newline_sequence":
        let escapes = ["\\n": "\n", "\\r": "\r", "\\r\\n": "\r\n"]
        let text = PlainText.of(value)
        return (name, Value(escapes[text] ?? text))
      default: return (name, value)
      }
    }
  }

  /// The settings of a `#jinja2:` line at the head of a template, and the
  /// template without it.
  static func header(_ text: String) throws
    -> (String, [(String, Value)])
  {
    let mark = "#jinja2:"
    guard text.hasPrefix(mark) else { return (text, []) }
    let end = text.firstIndex(of: "\n") ?? text.endIndex
    let line = text[text.index(text.startIndex, offsetBy: mark.count)..<end]
    let rest =
      end == text.endIndex ? "" : String(text[text.index(after: end)...])
    let settings = try line.split(separator: ",").map { pair in
      guard let colon = pair.firstIndex(of: ":") else {
        throw AnsibleFailure(
          "failed to parse jinja2 override '\(pair.stripped)'.")
      }
      let name = String(pair[..<colon].stripped)
      let written = String(pair[pair.index(after: colon)...].stripped)
      if let flag = TypeCheck.boolean(Value(written)),
        name.hasSuffix("blocks") || name == "keep_trailing_newline"
      {
        return (name, Value(flag))
      }
      return (
        name,
        Value(written.trimmingQuotes)
      )
    }
    return (rest, settings)
  }
}

extension String {
  /// The text without a pair of quotes around it.
  fileprivate var trimmingQuotes: String {
    guard count > 1, let first, first == last, first == "'" || first == "\""
    else { return self }
    return String(dropFirst().dropLast())
  }
}
