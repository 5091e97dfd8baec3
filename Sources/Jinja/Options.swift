// The settings of an environment, as Jinja2's Environment takes them.

/// How templates are read and what they may do.
public struct Options: Sendable, Equatable {
  /// Statements that are not part of the core language.
  public enum Extension: String, Sendable, CaseIterable {
    /// `{% do expression %}`
    case `do`
    /// `{% break %}` and `{% continue %}`
    case loopControls
    /// `{% debug %}`
    case debug
    /// `{% trans %}`: texts stay as they are, as with null translations.
    case i18n
  }

  /// What rendering to a value does.
  public enum Native: String, Sendable {
    /// The result is text.
    case off
    /// As jinja2.nativetypes: one expression gives its value; joined text is
    /// read as a Python literal where it is one.
    case jinja
    /// As Ansible: one expression gives its value; joined pieces are text.
    case ansible
  }

  public var blockStart = "{%"
  public var blockEnd = "%}"
  public var variableStart = "{{"
  public var variableEnd = "}}"
  public var commentStart = "{#"
  public var commentEnd = "#}"
  public var lineStatementPrefix: String?
  public var lineCommentPrefix: String?
  /// Drops the first newline after a statement.
  public var trimBlocks = false
  /// Drops blanks before a statement that starts its line.
  public var stripsBlockIndent = false
  /// Newlines in the source become this: `\n`, `\r\n` or `\r`.
  public var newlineSequence = "\n"
  public var keepsTrailingNewline = false
  /// Whether a backslash in a string of a `{{ }}` stands for itself, as in the
  /// templates that Ansible takes from YAML.
  public var keepsBackslashes = false
  public var autoescape = false
  public var undefined = Undefined.Policy.default
  public var native = Native.off
  public var extensions: Set<Extension> = []
  /// Whether attributes that start with an underscore are refused, as Jinja2's
  /// sandbox does.
  public var isSandboxed = false
  public var limits = Limits()

  public init() {}

  /// The settings of Ansible's `template` module.
  public static let ansible: Options = {
    var options = Options()
    options.trimBlocks = true
    options.keepsTrailingNewline = true
    options.undefined = .chainableStrict
    options.native = .ansible
    options.isSandboxed = true
    return options
  }()

  /// The same settings with those of a dictionary in place, by the names that
  /// Jinja2's Environment gives them (`trim_blocks`, `block_start_string`, …),
  /// `native` for its NativeEnvironment, Ansible's `escape_backslashes`, and
  /// `limits`, a dictionary by the names of ``Limits`` (`recursion`,
  /// `text_size`, …).
  ///
  /// - Throws: ``TemplateError`` of kind `ValueError` that names a setting
  ///   that does not exist or has a value of the wrong type.
  public func overridden(by settings: ValueDictionary) throws -> Options {
    var options = self
    for (key, value) in try settings.entries() {
      try options.set(key.text ?? key.reprOrPlaceholder, to: value)
    }
    return options
  }

  private mutating func set(_ name: String, to value: Value) throws {
    func wrong(_ expected: String) -> TemplateError {
      TemplateError(
        .value,
        "option \(name) takes \(expected), not \(value.reprOrPlaceholder)")
    }
    func string() throws -> String {
      guard let text = value.text, !text.isEmpty else {
        throw wrong("a text that is not empty")
      }
      return text
    }
    func flag() throws -> Bool {
      guard let flag = value.boolean else { throw wrong("true or false") }
      return flag
    }
    switch name {
    case "block_start_string": blockStart = try string()
    case "block_end_string": blockEnd = try string()
    case "variable_start_string": variableStart = try string()
    case "variable_end_string": variableEnd = try string()
    case "comment_start_string": commentStart = try string()
    case "comment_end_string": commentEnd = try string()
    case "line_statement_prefix":
      lineStatementPrefix = value.isNone ? nil : try string()
    case "line_comment_prefix":
      lineCommentPrefix = value.isNone ? nil : try string()
    case "trim_blocks": trimBlocks = try flag()
    case "lstrip_blocks": stripsBlockIndent = try flag()
    case "keep_trailing_newline": keepsTrailingNewline = try flag()
    case "autoescape": autoescape = try flag()
    case "newline_sequence":
      newlineSequence = try string()
      guard ["\n", "\r\n", "\r"].contains(newlineSequence) else {
        throw wrong("\\n, \\r\\n or \\r")
      }
    case "undefined":
      let names: [String: Undefined.Policy] = [
        "default": .default, "Undefined": .default,
        "chainable": .chainable, "ChainableUndefined": .chainable,
        "debug": .debug, "DebugUndefined": .debug,
        "strict": .strict, "StrictUndefined": .strict,
        "ansible": .chainableStrict,
      ]
      guard let policy = names[try string()] else {
        throw wrong("default, strict, chainable, debug or ansible")
      }
      undefined = policy
    case "native":
      if let flag = value.boolean {
        native = flag ? .jinja : .off
      } else {
        guard let mode = Native(rawValue: try string()) else {
          throw wrong("true, false, off, jinja or ansible")
        }
        native = mode
      }
    case "sandboxed": isSandboxed = try flag()
    case "escape_backslashes": keepsBackslashes = try flag()
    case "limits":
      guard let given = value.dictionary else {
        throw wrong("a dictionary")
      }
      for (key, value) in try given.entries() {
        let name = key.text ?? key.reprOrPlaceholder
        guard let limit = value.integer, value.boolean == nil, limit > 0 else {
          throw TemplateError(
            .value, "limit \(name) takes a whole number above 0")
        }
        try limits.set(name, to: limit)
      }
    case "extensions":
      extensions = []
      for item in try value.sequence() ?? [] {
        let names: [String: Extension] = [
          "do": .do, "jinja2.ext.do": .do, "loopcontrols": .loopControls,
          "jinja2.ext.loopcontrols": .loopControls, "debug": .debug,
          "jinja2.ext.debug": .debug, "i18n": .i18n, "jinja2.ext.i18n": .i18n,
        ]
        guard let text = item.text, let found = names[text] else {
          throw wrong("a list of do, loopcontrols, debug and i18n")
        }
        extensions.insert(found)
      }
    default:
      throw TemplateError(.value, "there is no option \(name)")
    }
  }
}
