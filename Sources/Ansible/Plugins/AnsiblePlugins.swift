// Ansible's template environment: Jinja2's own plugins and Ansible's, under
// short and full names, with the settings that Ansible gives Jinja2.

import Jinja

/// The filters, tests and lookups of Ansible.
public struct AnsiblePlugins: Sendable {
  private let world: PluginWorld
  private let regexes = RegexCache()
  private let lookups: Lookups

  /// Plugins that see `world`.
  public init(world: PluginWorld) {
    self.world = world
    lookups = Lookups(world: world, regexes: regexes)
  }

  /// The lookups that `lookup`, `query` and `with_…` know, by short name.
  public var lookupNames: Set<String> { Set(lookups.names) }

  /// ansible-core's own filters.
  private var coreFilters: [Function] {
    EncodingFilters.all + TextFilters.all(regexes) + DataFilters.all
      + PathFilters.all(world) + CollectionFilters.all
      + MathFilters.all(world) + TimeFilters.all(world)
      + SecretFilters.all(world)
  }

  /// ansible-core's own tests.
  private var coreTests: [Function] {
    ResultTests.all + TextTests.all(world, regexes) + FileTests.all(world)
      + SetTests.all
  }

  /// Adds Ansible's plugins to Jinja2's, which get full names too.
  public func register(in registry: inout Environment.Registry) {
    for (name, filter) in registry.filters {
      let full = "ansible.builtin.\(name)"
      let named = Plugin.wrapped(filter, kind: "filter", name: full)
      registry.filters[name] = named
      registry.filters[full] = named
    }
    for (name, test) in registry.tests {
      let full = "ansible.builtin.\(name)"
      let named = Plugin.wrapped(test, kind: "test", name: full)
      registry.tests[name] = named
      registry.tests[full] = named
    }
    add(coreFilters, collection: "ansible.builtin", to: &registry.filters)
    add(
      NetworkFilters.all + UtilsFilters.all, collection: "ansible.utils",
      isShort: false,
      to: &registry.filters)
    add(
      GeneralFilters.all(world) + TimeUnitFilters.all,
      collection: "community.general",
      isShort: false, to: &registry.filters)
    add(
      KubernetesFilters.all, collection: "kubernetes.core", isShort: false,
      to: &registry.filters)
    // ansible-core redirects these short names itself.
    for name in [
      "community.general.json_query", "community.general.random_mac",
      "kubernetes.core.k8s_config_resource_name",
    ] {
      let short = name.split(separator: ".").last.map(String.init) ?? name
      registry.filters[short] = registry.filters[name]
    }
    add(
      NetworkTests.all, collection: "ansible.utils", kind: "test",
      isShort: false, to: &registry.tests)
    add(
      coreTests, collection: "ansible.builtin", kind: "test",
      to: &registry.tests)
    registry.globals["lookup"] = Value(
      lookups.global("lookup", wantsList: false))
    registry.globals["query"] = Value(
      lookups.global("query", wantsList: true))
    registry.globals["q"] = Value(lookups.global("q", wantsList: true))
    registry.globals["now"] = Value(TimeFilters.now(world))
    registry.globals["undef"] = Value(Self.undef)
  }

  private func add(
    _ functions: [Function], collection: String, kind: String = "filter",
    isShort: Bool = true, to table: inout [String: Function]
  ) {
    for function in functions {
      let full = "\(collection).\(function.name)"
      let named = Plugin.wrapped(function, kind: kind, name: full)
      table[full] = named
      if isShort { table[function.name] = named }
      if collection == "ansible.builtin" {
        table["ansible.legacy.\(function.name)"] = named
      }
    }
  }

  /// `undef(hint)`: a value that must be given before it is used.
  private static let undef = Function(
    "undef", [Parameter("hint", Value.none)]
  ) { context, arguments in
    let hint = arguments[0].text.flatMap { $0.isEmpty ? nil : $0 }
    return Value.undefined(
      hint: hint ?? "Mandatory variable has not been overridden",
      policy: context.environment.options.undefined)
  }

  /// An environment with Ansible's settings and plugins.
  ///
  /// - Parameters:
  ///   - options: settings; Ansible's for templates by default.
  ///   - customize: what the caller adds, `omit` and a loader among it.
  /// - Returns: the environment, to be shared by all templates of a run.
  public func environment(
    options: Options = .ansible,
    customize: (inout Environment.Registry) -> Void = { _ in }
  ) -> Environment {
    Environment(options: options) { registry in
      register(in: &registry)
      customize(&registry)
    }
  }
}
