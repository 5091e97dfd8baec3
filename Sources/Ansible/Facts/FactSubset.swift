// Which facts are gathered: the names of `gather_subset`, what `!` takes away,
// and the filter (https://docs.ansible.com/ansible/latest/collections/ansible/builtin/setup_module.html).

/// One group of facts that is gathered at a time.
enum FactSubset: String, CaseIterable {
  case platform, distribution, lsb, selinux, apparmor, chroot, fips, python
  case caps
  case packageManager = "pkg_mgr"
  case serviceManager = "service_mgr"
  case commandLine = "cmdline"
  case dateTime = "date_time"
  case environment = "env"
  case load = "loadavg"
  case hostKeys = "ssh_pub_keys"
  case user, systemd, virtual, hardware, dns
  case fibreChannel = "fibre_channel_wwn"
  case iscsi, nvme, network, local, facter, ohai

  /// Names of single facts that stand for the group that they are in.
  var aliases: Set<String> {
    switch self {
    case .platform:
      [
        "architecture", "kernel", "kernel_version", "machine", "machine_id",
        "python_version", "system",
      ]
    case .distribution:
      [
        "distribution_major_version", "distribution_release",
        "distribution_version", "os_family",
      ]
    case .chroot: ["is_chroot"]
    case .caps: ["system_capabilities", "system_capabilities_enforced"]
    case .hostKeys:
      [
        "ssh_host_key_dsa_public", "ssh_host_key_ecdsa_public",
        "ssh_host_key_ed25519_public", "ssh_host_key_rsa_public",
        "ssh_host_pub_keys",
      ]
    case .user:
      [
        "effective_group_ids", "effective_user_id", "real_user_id", "user_dir",
        "user_gecos", "user_gid", "user_id", "user_shell", "user_uid",
      ]
    case .virtual:
      [
        "virtualization_role", "virtualization_tech_guest",
        "virtualization_tech_host", "virtualization_type",
      ]
    case .hardware:
      ["devices", "mounts", "processor", "processor_cores", "processor_count"]
    case .network:
      [
        "all_ipv4_addresses", "all_ipv6_addresses", "default_ipv4",
        "default_ipv6", "interfaces",
      ]
    default: []
    }
  }

  /// Groups whose facts this one needs: they are gathered with it.
  private var needs: [FactSubset] {
    switch self {
    case .packageManager: [.distribution]
    case .hardware: [.platform]
    case .serviceManager, .network: [.distribution, .platform]
    default: []
    }
  }

  /// What is gathered unless `!min` says otherwise.
  private static let least: Set<String> = Set(
    [
      apparmor, caps, commandLine, dateTime, distribution, dns, environment,
      fips, local, lsb, packageManager, platform, python, selinux,
      serviceManager, hostKeys, user,
    ].map(\.rawValue))

  private static let names: Set<String> = allCases.reduce(into: []) {
    $0.insert($1.rawValue)
    $0.formUnion($1.aliases)
  }

  /// The groups that a `gather_subset` asks for.
  ///
  /// Throws ``AnsibleFailure`` for a name that there is not.
  static func chosen(_ words: [String]) throws -> Set<FactSubset> {
    var added = least
    var excluded: Set<String> = []
    var explicit: Set<String> = []
    for word in words.isEmpty ? ["all"] : words {
      switch word {
      case "min": continue
      case "all": added.formUnion(names)
      case "!min": excluded.formUnion(least)
      case "!all": excluded.formUnion(names.subtracting(least))
      default:
        if word.hasPrefix("!") {
          let name = String(word.dropFirst())
          excluded.insert(name)
          excluded.formUnion(FactSubset(rawValue: name)?.aliases ?? [])
          continue
        }
        guard names.contains(word) else {
          throw AnsibleFailure(
            "Bad subset '\(word)' given to Ansible. gather_subset options "
              + "allowed: all, \(names.sorted().joined(separator: ", "))")
        }
        explicit.insert(word)
        added.insert(word)
      }
    }
    added.subtract(excluded.subtracting(explicit))
    let groups = allCases.filter {
      added.contains($0.rawValue) || !$0.aliases.isDisjoint(with: added)
    }
    return Set(groups + groups.flatMap(\.needs))
  }

  /// Whether a fact, by its whole name, is among those that a `filter` lets
  /// through.
  static func passes(_ name: String, filter: [String]) -> Bool {
    filter.isEmpty || filter == ["*"]
      || filter.contains { pattern in
        pattern.isEmpty || FileGlob.isMatch(name, pattern)
          || !["ansible_", "facter", "ohai"].contains(where: pattern.hasPrefix)
            && FileGlob.isMatch(name, "ansible_" + pattern)
      }
  }
}
