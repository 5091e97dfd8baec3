// What templates share: settings, filters, tests, globals and the loader.

import Synchronization

/// The source of a template that another one names.
public struct TemplateSource: Sendable {
  public var text: String
  /// The file it came from, for messages; the name where nil.
  public var path: String?

  public init(text: String, path: String? = nil) {
    self.text = text
    self.path = path
  }
}

/// Settings, filters, tests, globals and the loader of a set of templates.
///
/// An environment does not change once made, so that compiled templates may be
/// rendered from many threads.
public final class Environment: Sendable {
  /// Finds the source of a template by name; nil where there is none.
  ///
  /// The second argument is the name of the template that asks.
  public typealias Loader =
    @Sendable (_ name: String, _ parent: String?) throws -> TemplateSource?

  /// What an environment is made from.
  ///
  /// It starts with all that Jinja2 has.
  public struct Registry: Sendable {
    public var filters: [String: Function]
    public var tests: [String: Function]
    public var globals: [String: Value]
    public var loader: Loader?
    /// Applied to the value of each expression before it is written.
    public var finalize: (@Sendable (Context, Value) throws -> Value)?
    /// Decides by a template's name whether its output is escaped; where nil
    /// the option decides.
    public var escapes: (@Sendable (_ name: String?) -> Bool)?
    /// Source of randomness for `random` and `lipsum`: a number below the
    /// bound.
    public var random: @Sendable (_ below: Int) -> Int = {
      Int.random(in: 0..<max(1, $0))
    }
  }

  public let options: Options
  public let filters: [String: Function]
  public let tests: [String: Function]
  public let globals: [String: Value]
  public let loader: Loader?
  let finalize: (@Sendable (Context, Value) throws -> Value)?
  let escapes: (@Sendable (_ name: String?) -> Bool)?
  let random: @Sendable (_ below: Int) -> Int
  /// Compiled templates by name, with the text that they were made from.
  private let cache = Mutex<[String: (text: String, template: Template)]>([:])

  /// Makes an environment with Jinja2's filters, tests and globals and what
  /// `customize` adds or replaces.
  public init(
    options: Options = Options(),
    customize: (inout Registry) -> Void = { _ in }
  ) {
    var registry = Registry(
      filters: BuiltinFilters.all, tests: BuiltinTests.all,
      globals: options.extensions.contains(.i18n)
        ? BuiltinGlobals.all.merging(Translations.all) { $1 }
        : BuiltinGlobals.all)
    customize(&registry)
    self.options = options
    self.filters = registry.filters
    self.tests = registry.tests
    self.globals = registry.globals
    self.loader = registry.loader
    self.finalize = registry.finalize
    self.escapes = registry.escapes
    self.random = registry.random
  }

  /// The template of that name, compiled again only when its text changed.
  ///
  /// - Throws: ``TemplateError`` of kind `TemplateNotFound` where the loader
  ///   has none, and what compiling throws.
  public func template(
    named name: String, parent: String? = nil
  ) throws -> Template {
    guard let loader else {
      throw TemplateError(
        .type, "no loader for this environment specified")
    }
    guard let found = try loader(name, parent) else {
      throw TemplateError(.notFound, name)
    }
    let path = found.path ?? name
    if let known = cache.withLock({ $0[path] }), known.text == found.text {
      return known.template
    }
    let template = try Template(found.text, name: path, in: self)
    cache.withLock { $0[path] = (found.text, template) }
    return template
  }
}
