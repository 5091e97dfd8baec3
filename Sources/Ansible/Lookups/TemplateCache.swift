// Templates of the `template` lookup, compiled once each.

import Jinja
import Synchronization

/// Keeps compiled template files and the environments that they need.
final class TemplateCache: Sendable {
  private struct State {
    /// Environments that differ from the one that asks in their options alone.
    var variants: [(base: Environment, environment: Environment)] = []
    var templates: [String: (text: String, template: Template)] = [:]
  }

  private let state = Mutex(State())

  /// The compiled text of the file at `path` under other options.
  ///
  /// - Throws: `TemplateError` where the text is no template.
  func template(
    _ text: String, path: String, options: Options, in base: Environment
  ) throws -> Template {
    let environment = variant(of: base, options)
    if let known = state.withLock({ $0.templates[path] }), known.text == text,
      known.template.environment === environment
    {
      return known.template
    }
    let made = try Template(text, name: path, in: environment)
    state.withLock { $0.templates[path] = (text, made) }
    return made
  }

  private func variant(of base: Environment, _ options: Options) -> Environment
  {
    if base.options == options { return base }
    return state.withLock { state in
      if let known = state.variants.first(where: {
        $0.base === base && $0.environment.options == options
      }) {
        return known.environment
      }
      let made = Environment(options: options) { registry in
        registry.filters = base.filters
        registry.tests = base.tests
        registry.globals = base.globals
        registry.loader = base.loader
      }
      state.variants.append((base, made))
      return made
    }
  }
}
