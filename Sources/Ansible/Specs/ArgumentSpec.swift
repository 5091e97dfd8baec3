// A role's argument specs: the options of each entry point, as
// meta/argument_specs.yml declares them.

import Jinja

/// The options of one entry point of a role.
public struct ArgumentSpec: Sendable {
  /// The name of the tasks file without its ending: `main`.
  public var entryPoint: String
  public var shortDescription: String
  /// The paragraphs of the description.
  public var description: [String]
  /// The options in the order of the file.
  public var options: [ArgumentOption]
  public var place: SourcePlace
  /// The options as the file has them: what the validating task reads.
  public var raw: Value
  /// The same made ready for the validator; nil where a template stands in it,
  /// so that only a task can tell.
  var validation: ValidationSpec?

  /// The option called `name`, an alias included.
  public subscript(name: String) -> ArgumentOption? {
    options.first { $0.name == name || $0.aliases.contains(name) }
  }
}

/// One option of an entry point, or of a dictionary option.
public struct ArgumentOption: Sendable {
  public var name: String
  /// `str`, `int`, `bool`, `float`, `list`, `dict`, `path`, `raw`, `json`,
  /// `jsonarg`, `bytes` or `bits`.
  public var type: String
  /// The type of a list's elements, nil where the spec gives none.
  public var elements: String?
  public var isRequired: Bool
  /// The default of the spec, nil where it gives none.
  ///
  /// Ansible itself does not set a role's variable to it.
  public var defaultValue: Value?
  /// The values allowed, nil where any is.
  public var choices: [Value]?
  public var aliases: [String]
  /// The paragraphs of the description.
  public var description: [String]
  /// Whether the option is a secret (`no_log`).
  public var isSecret: Bool
  /// The options of a dictionary or of a list's dictionaries, nil where the
  /// spec gives none.
  public var options: [ArgumentOption]?
  public var place: SourcePlace
}

extension ArgumentSpec {
  /// Reads the specs of all entry points from the content of
  /// `meta/argument_specs.yml`, or of `meta/main.yml` where it holds them.
  static func all(in document: Value, file: String) throws -> [ArgumentSpec] {
    guard let specs = try document.member("argument_specs")?.dictionary else {
      return []
    }
    return try specs.pairs().compactMap { entry in
      let (name, spec) = (entry.key, entry.value)
      guard spec.dictionary != nil else { return nil }
      let options = try spec.member("options") ?? .dictionary([])
      return ArgumentSpec(
        entryPoint: name,
        shortDescription: try spec.member("short_description")?.text ?? "",
        description: try paragraphs(try spec.member("description")),
        options: try ArgumentOption.all(in: options, file: file),
        place: SourcePlace(spec.origin, file: file), raw: options,
        validation: VariableScope.needsTemplating(options)
          ? nil : try ValidationSpec(options: options))
    }
  }

  fileprivate static func paragraphs(_ value: Value?) throws -> [String] {
    guard let value else { return [] }
    if let text = value.text { return [text] }
    return try value.sequence()?.compactMap(\.text) ?? []
  }
}

extension ArgumentOption {
  fileprivate static func all(
    in options: Value, file: String
  ) throws -> [ArgumentOption] {
    try options.dictionary?.pairs().map {
      try ArgumentOption($0.key, $0.value, file: file)
    } ?? []
  }

  private init(_ name: String, _ spec: Value, file: String) throws {
    self.name = name
    type = try spec.member("type")?.text ?? "str"
    elements = try spec.member("elements")?.text
    isRequired = try spec.member("required")?.boolean ?? false
    defaultValue = try spec.member("default")
    choices = try spec.member("choices")?.sequence()
    let names = try spec.member("aliases")?.sequence()
    aliases = names?.compactMap(\.text) ?? []
    description = try ArgumentSpec.paragraphs(try spec.member("description"))
    isSecret = try spec.member("no_log")?.boolean ?? false
    options = try spec.member("options").map {
      try Self.all(in: $0, file: file)
    }
    place = SourcePlace(spec.origin, file: file)
  }
}

extension SourcePlace {
  /// The place of a value, or the file as a whole where it has none.
  public init(_ origin: Origin?, file: String) {
    self.init(
      file: origin?.file ?? file, line: origin?.line ?? 0,
      column: origin?.column ?? 0)
  }
}
