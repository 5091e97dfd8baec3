// Which variables a task sees, in Ansible's order of precedence
// (docs.ansible.com, "Understanding variable precedence"; ansible-core's
// vars/manager.py).

import Jinja

/// The layers that only change when a role comes into the play.
struct AssembledLayers {
  var playDefaults: VariableLayer?
  var playExports: VariableLayer?
  var roles: [ObjectIdentifier: RoleLayers] = [:]

  struct RoleLayers {
    var defaults: [VariableLayer]
    var variables: [VariableLayer]
    var parameters: [VariableLayer]
    var magic: [String: Value]
  }
}

extension PlayRunner {
  /// The variables of a task in a scope; of the scope alone without a task.
  func variables(
    for task: TaskDefinition?, in scope: Scope, item: [String: Value] = [:]
  ) -> VariableScope {
    let role = scope.role.map { self.layers(of: $0) }
    var layers: [VariableLayer] = []
    layers.append(playDefaults)
    layers += role?.defaults ?? []
    layers += projectLayers
    layers.append(factLayer)
    layers += play.variables
    layers.append(playExports)
    layers += role?.variables ?? []
    for level in scope.path {
      layers.append(VariableLayer("block vars", level.variables))
      layers.append(
        VariableLayer("loop of the include", level.fixed, isFinal: true))
    }
    if let task {
      layers.append(VariableLayer("task vars", task.variables))
    }
    layers.append(VariableLayer("include_vars", includedVariables))
    layers += facts.layers
    layers += role?.parameters ?? []
    for level in scope.includeParameters {
      layers.append(
        VariableLayer("include params", level.values, isFinal: level.isFinal))
    }
    if let task, ModuleName.includes.contains(task.shortAction) {
      layers.append(VariableLayer("include params", task.variables))
    }
    if let role = scope.role, let parent = role.parent, role.isIncluded {
      layers.append(
        VariableLayer(
          "include params",
          [
            "ansible_parent_role_names": .list(
              (parent.chain + [parent]).reversed().map { Value($0.name) }),
            "ansible_parent_role_paths": .list(
              (parent.chain + [parent]).reversed().map { Value($0.path) }),
          ], isFinal: true))
    }
    layers.append(VariableLayer("extra vars", settings.extraVariables))
    layers.append(VariableLayer("magic", magic, isFinal: true))
    if let role {
      layers.append(VariableLayer("magic", role.magic, isFinal: true))
    }
    layers.append(VariableLayer("loop", item, isFinal: true))
    return VariableScope(
      layers, templating: settings.templating, secretNames: secretNames,
      mergesDictionaries: settings.mergesDictionaries)
  }

  /// What is there before any play: the project's variables and the extra ones.
  var projectScope: VariableScope { variables(for: nil, in: play.scope) }

  private var playDefaults: VariableLayer {
    if let made = assembled.playDefaults { return made }
    var values: [String: Value] = [:]
    for role in play.roles where role.isPublic {
      for layer in defaultLayers(of: role) { values.merge(layer.values) { $1 } }
    }
    let made = VariableLayer("role defaults", values)
    assembled.playDefaults = made
    return made
  }

  private var playExports: VariableLayer {
    if let made = assembled.playExports { return made }
    var values: [String: Value] = [:]
    for role in play.roles where role.isPublic {
      for above in role.chain { values.merge(above.roleVariables) { $1 } }
      for layer in exportLayers(of: role) { values.merge(layer.values) { $1 } }
    }
    let made = VariableLayer("role vars", values)
    assembled.playExports = made
    return made
  }

  private func defaultLayers(of role: RoleInstance) -> [VariableLayer] {
    role.dependencies.flatMap { dependency in
      dependency.allDependencies.flatMap(defaultLayers)
        + defaultLayers(of: dependency)
    } + [VariableLayer("role defaults", role.defaults)]
  }

  private func exportLayers(of role: RoleInstance) -> [VariableLayer] {
    role.allDependencies.map {
      VariableLayer("role vars", $0.roleVariables)
    } + [VariableLayer("role vars", role.roleVariables)]
  }

  private func layers(of role: RoleInstance) -> AssembledLayers.RoleLayers {
    let key = ObjectIdentifier(role)
    if let made = assembled.roles[key] { return made }
    let chain = role.chain
    var defaults = role.dependencies.flatMap(defaultLayers)
    defaults += chain.map { VariableLayer("role defaults", $0.defaults) }
    defaults.append(VariableLayer("role defaults", role.defaults))
    var variables: [VariableLayer] = []
    for above in chain {
      variables.append(VariableLayer("role use vars", above.variables))
      variables.append(VariableLayer("role vars", above.roleVariables))
    }
    variables += exportLayers(of: role)
    variables.append(VariableLayer("role use vars", role.variables))
    let made = AssembledLayers.RoleLayers(
      defaults: defaults, variables: variables,
      parameters: (chain + [role]).map {
        VariableLayer("role params", $0.parameters)
      },
      magic: [
        "role_name": Value(role.name), "role_path": Value(role.path),
        "ansible_role_name": Value(role.source.fullName),
        "ansible_collection_name": role.source.found.collection.map {
          Value($0)
        } ?? .none,
      ])
    assembled.roles[key] = made
    return made
  }

  /// Variables that Ansible sets itself.
  private var magic: [String: Value] {
    if let made = play.magic { return made }
    let names = play.roles.map(\.name)
    let dependent = Set(play.roles.flatMap(\.allDependencies).map(\.name))
    let values: [String: Value] = [
      "omit": Omit.value,
      "playbook_dir": Value(settings.directory),
      "inventory_hostname": Value(play.host),
      // An address is not shortened.
      "inventory_hostname_short": Value(play.host),
      "group_names": .list(
        settings.inventory.groups(of: play.host).sorted().map { Value($0) }),
      "groups": settings.inventory.memberships,
      "play_hosts": .list([Value(play.host)]),
      "ansible_play_hosts": .list([Value(play.host)]),
      "ansible_play_hosts_all": .list([Value(play.host)]),
      "ansible_play_batch": .list([Value(play.host)]),
      "ansible_play_name": Value(play.name),
      "ansible_check_mode": Value(settings.isCheckMode),
      "ansible_diff_mode": Value(settings.showsDiff), "ansible_forks": 5,
      "ansible_verbosity": Value(settings.verbosity),
      "ansible_run_tags": settings.tags.isEmpty
        ? ["all"] : .list(settings.tags.sorted().map { Value($0) }),
      "ansible_skip_tags": .list(settings.skipTags.sorted().map { Value($0) }),
      "ansible_host": "127.0.0.1",
      "ansible_role_names": .list(
        Set(names).union(dependent).sorted().map { Value($0) }),
      "ansible_play_role_names": .list(names.map { Value($0) }),
      "role_names": .list(names.map { Value($0) }),
      "ansible_dependent_role_names": .list(
        dependent.sorted().map { Value($0) }),
      "ansible_version": AnsibleVersion.value,
      "ansible_config_file": settings.configurationFile.isEmpty
        ? .none : Value(settings.configurationFile),
      "ansible_playbook_python": "/usr/bin/python3",
    ]
    play.magic = values
    return values
  }
}

/// The version of ansible-core that the engine behaves as.
enum AnsibleVersion {
  static let value = Value.dictionary([
    ("string", "2.19.14"), ("full", "2.19.14"), ("major", 2), ("minor", 19),
    ("revision", 14),
  ])
}
