// Templates of the `template` lookup, compiled once each.

import Jinja
import Synchronization

/// Keeps compiled template files and the environments that they need.
final class TemplateCache: Sendable {
  private struct State {
    /// Environments that differ from the one that asks in their options and
    /// folders alone.
    var variants: [Variant] = []
    var templates: [String: (text: String, template: Template)] = [:]
  }

  private struct Variant {
    var base: Environment
    var folders: TemplateFolders?
    var environment: Environment
  }

  private let state = Mutex(State())

  /// The compiled text of the file at `path` under other options; `folders`
  /// hold the templates that it may name.
  ///
  /// - Throws: `TemplateError` where the text is no template.
  func template(
    _ text: String, path: String, options: Options, in base: Environment,
    folders: TemplateFolders?, files: any SourceFiles
  ) throws -> Template {
    let environment = variant(of: base, options, folders, files)
    if let known = state.withLock({ $0.templates[path] }), known.text == text,
      known.template.environment === environment
    {
      return known.template
    }
    let made = try Template(text, name: path, in: environment)
    state.withLock { $0.templates[path] = (text, made) }
    return made
  }

  private func variant(
    of base: Environment, _ options: Options, _ folders: TemplateFolders?,
    _ files: any SourceFiles
  ) -> Environment {
    if base.options == options, folders == nil { return base }
    return state.withLock { state in
      if let known = state.variants.first(where: {
        $0.base === base && $0.environment.options == options
          && $0.folders == folders
      }) {
        return known.environment
      }
      let made = base.variant(
        options, loader: folders?.loader(files) ?? base.loader)
      state.variants.append(
        Variant(base: base, folders: folders, environment: made))
      return made
    }
  }
}

extension Environment {
  /// The same filters, tests and globals under other settings.
  func variant(_ options: Options, loader: Loader?) -> Environment {
    Environment(options: options) { registry in
      registry.filters = filters
      registry.tests = tests
      registry.globals = globals
      registry.loader = loader
    }
  }
}
