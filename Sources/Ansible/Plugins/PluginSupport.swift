// What all filters, tests and lookups share: reading arguments, errors in
// Ansible's words, and the marks of what they make.

import Jinja

extension TemplateError.Kind {
  /// An error of a filter, test or lookup in its own words.
  static let plugin = TemplateError.Kind("AnsibleFilterError")
  /// The same, wrapped with the plugin's name.
  static let pluginRuntime = TemplateError.Kind(
    "AnsibleTemplatePluginRuntimeError")
}

extension TemplateError {
  static func plugin(_ message: String) -> TemplateError {
    TemplateError(.plugin, message)
  }
}

/// Functions made the way plugins need them.
enum Plugin {
  /// A function whose regular expression errors and the like become errors of
  /// templates.
  static func make(
    _ name: String, _ parameters: [Parameter], isVariadic: Bool = false,
    acceptsUndefined: Bool = false, handlesMarks: Bool = false,
    acceptsUnknown: Bool = false, _ body: @escaping Function.Body
  ) -> Function {
    Function(
      name, parameters, isVariadic: isVariadic,
      acceptsUndefined: acceptsUndefined, handlesMarks: handlesMarks,
      acceptsUnknown: acceptsUnknown
    ) { context, arguments in
      if !handlesMarks { try requireKnown(arguments) }
      return try translatingErrors { try body(context, arguments) }
    }
  }

  /// A function that answers one of its arguments.
  static func picking(
    _ name: String, _ parameters: [Parameter], _ body: @escaping Function.Body
  ) -> Function {
    PickingPlugin(name, parameters, body)
  }

  /// A text that is unknown in part has no known length, words or digest: what
  /// is made of it is unknown.
  static func requireKnown(_ arguments: Arguments) throws {
    for value in arguments.positional where value.marks.contains(.unknown) {
      throw UnknownValue()
    }
    for keyword in arguments.keywords
    where keyword.value.marks.contains(.unknown) {
      throw UnknownValue()
    }
  }

  /// Runs `body` with errors of the target's own kinds made template errors.
  static func translatingErrors<Result>(
    _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as RegexError {
      throw TemplateError(TemplateError.Kind("re.error"), error.description)
    } catch let error as VaultError {
      throw TemplateError.plugin(error.description)
    } catch let error as YAMLError {
      throw TemplateError.plugin(error.description)
    } catch let error as JSONReader.Failure {
      throw TemplateError(.value, error.message)
    } catch let error as TimeFormat.Mismatch {
      throw TemplateError(.value, error.message)
    } catch let error as FileFailure {
      throw TemplateError.plugin(error.description)
    }
  }

  /// `function` under a plugin's full name: its errors say whose they are.
  static func wrapped(
    _ function: Function, kind: String, name: String
  ) -> Function {
    WrappedPlugin(function, kind: kind, fullName: name)
  }
}

/// A plugin that answers one of its arguments.
private final class PickingPlugin: Function, @unchecked Sendable {
  init(
    _ name: String, _ parameters: [Parameter], _ body: @escaping Function.Body
  ) {
    super.init(
      name, parameters, acceptsUndefined: true, handlesMarks: true,
      acceptsUnknown: true, body: body)
  }

  override var picksArgument: Bool { true }
}

/// A plugin that names itself in its errors, as Ansible's do.
private final class WrappedPlugin: Function, @unchecked Sendable {
  private let inner: Function
  private let kind: String
  private let fullName: String

  init(_ inner: Function, kind: String, fullName: String) {
    self.inner = inner
    self.kind = kind
    self.fullName = fullName
    super.init(
      inner.name, acceptsUndefined: inner.acceptsUndefined,
      handlesMarks: inner.handlesMarks, acceptsUnknown: inner.acceptsUnknown
    ) { _, _ in .none }
  }

  override var picksArgument: Bool { inner.picksArgument }

  override func call(_ context: Context, _ arguments: Arguments) throws -> Value
  {
    do {
      return try inner.call(context, arguments)
    } catch var error as TemplateError {
      guard !error.kind.isKind(of: .undefined), error.kind != .limit,
        error.kind != .pluginRuntime
      else { throw error }
      error.message =
        "The \(kind) plugin '\(fullName)' failed: \(error.message)"
      error.kind = .pluginRuntime
      throw error
    }
  }
}

extension Value? {
  /// The value where it is given and not None.
  var filled: Value? {
    guard let self, !self.isNone else { return Value?.none }
    return self
  }
}

extension Value {
  /// The truth of a value that is an option of a plugin.
  var isOn: Bool { get throws { try truth() } }

  /// A whole number as an option of a plugin takes it.
  func wholeOption(_ name: String) throws -> Int {
    if let integer { return integer }
    if case .float(let number) = payload, let whole = Int(exactly: number) {
      return whole
    }
    throw TemplateError(
      .type, "'\(typeName)' object cannot be interpreted as an integer")
  }

  /// Whether the value is a list or tuple, Ansible's sequences.
  var isSequence: Bool {
    switch payload {
    case .list, .tuple: true
    default: false
    }
  }

  /// The text of a string, an error in Python's words for anything else.
  func requireText(_ message: @autoclosure () throws -> String) throws
    -> String
  {
    if let text { return text }
    if case .undefined(let undefined) = payload { throw undefined.error }
    throw TemplateError(.type, try message())
  }
}

/// Texts made character by character, with marks kept where they stand.
enum MarkedText {
  /// The text with every character replaced by what `transform` makes of it,
  /// between two unmarked pieces.
  static func mapping(
    _ value: Value, prefix: String = "", suffix: String = "",
    _ transform: (Unicode.Scalar) -> String
  ) throws -> Value {
    let string = try value.string()
    let text = string.text ?? ""
    let spans = string.spans
    guard !spans.isEmpty else {
      var plain = prefix
      for scalar in text.unicodeScalars { plain += transform(scalar) }
      return Value(plain + suffix)
    }
    var builder = TextBuilder()
    builder.append(prefix)
    let bytes = text.utf8
    var place = bytes.startIndex
    var offset = 0
    /// Writes what stands before an offset, all with the same marks.
    func write(until end: Int, _ marks: Marks) {
      guard end > offset else { return }
      let next = bytes.index(place, offsetBy: end - offset)
      var piece = ""
      for scalar in text[place..<next].unicodeScalars {
        piece += transform(scalar)
      }
      builder.append(piece, spans: [Span(0..<piece.utf8.count, marks)])
      (place, offset) = (next, end)
    }
    for span in spans {
      write(until: span.range.lowerBound, [])
      write(until: span.range.upperBound, span.marks)
    }
    write(until: bytes.count, [])
    builder.append(suffix)
    return builder.value
  }

  /// The spans of `value` moved to where `place` puts each.
  static func spans(
    _ value: Value, _ place: (Range<Int>) -> Range<Int>
  ) -> [Span] {
    var result: [Span] = []
    for span in value.spans {
      var range = place(span.range)
      if let last = result.last, range.lowerBound < last.range.upperBound {
        // Two spans that share a character of the result: one for both.
        range =
          last.range.lowerBound..<max(range.upperBound, last.range.upperBound)
        result[result.count - 1] = Span(range, last.marks.union(span.marks))
      } else if !range.isEmpty {
        result.append(Span(range, span.marks))
      }
    }
    return result
  }
}
