// Facts of the operating system: kernel, host name, time, user, name servers,
// restrictions, and what manages packages and services.

import Jinja

extension FactReader {
  func platform() -> Parameters {
    let kernel = source.kernel()
    let fullName = source.fullName()
    var facts: Parameters = [
      "system": Value(kernel.system), "kernel": Value(kernel.release),
      "kernel_version": Value(kernel.version),
      "machine": Value(kernel.machine), "fqdn": Value(fullName),
      "hostname": Value(
        String(kernel.node.prefix { $0 != "." })),
      "nodename": Value(kernel.node),
      "domain": Value(
        fullName.split(separator: ".", omittingEmptySubsequences: false)
          .dropFirst().joined(separator: ".")),
      "userspace_bits": Value(String(Int.bitWidth)),
      "architecture": Value(kernel.machine),
    ]
    // This program has as many bits as the machine's other programs.
    if kernel.machine == "x86_64" {
      facts["userspace_architecture"] = "x86_64"
    } else if kernel.machine.wholeMatch(of: /i([3456]86|86pc)/) != nil {
      facts["architecture"] = "i386"
      facts["userspace_architecture"] = "i386"
    }
    if let identifier = source.text("/var/lib/dbus/machine-id")
      ?? source.text("/etc/machine-id")
    {
      facts["machine_id"] = Value(
        String(identifier.prefix { !$0.isNewline }))
    }
    return facts
  }

  func dateTime() -> Parameters {
    let clock = source.clock()
    let universal = CivilTime(microseconds: clock.microseconds)
    let local = CivilTime(
      microseconds: clock.microseconds + clock.offset * 1_000_000)
    let epoch = String(clock.microseconds / 1_000_000)
    func here(_ pattern: String) -> Value {
      Value(
        TimeFormat.format(
          pattern, local, offset: clock.offset, zone: clock.zone))
    }
    func utc(_ pattern: String) -> Value {
      Value(TimeFormat.format(pattern, universal, offset: nil))
    }
    return [
      "date_time": .dictionary([
        ("year", here("%Y")), ("month", here("%m")), ("weekday", here("%A")),
        ("weekday_number", here("%w")), ("weeknumber", here("%W")),
        ("day", here("%d")), ("hour", here("%H")), ("minute", here("%M")),
        ("second", here("%S")), ("epoch", Value(epoch)),
        ("epoch_int", Value(epoch)), ("date", here("%Y-%m-%d")),
        ("time", here("%H:%M:%S")),
        ("iso8601_micro", utc("%Y-%m-%dT%H:%M:%S.%fZ")),
        ("iso8601", utc("%Y-%m-%dT%H:%M:%SZ")),
        ("iso8601_basic", here("%Y%m%dT%H%M%S%f")),
        ("iso8601_basic_short", here("%Y%m%dT%H%M%S")),
        ("tz", Value(clock.zone)), ("tz_dst", Value(clock.summerZone)),
        ("tz_offset", here("%z")),
      ])
    ]
  }

  func user() -> Parameters {
    let name = ["LOGNAME", "USER", "LNAME", "USERNAME"].lazy
      .compactMap { environment[$0] }.first { !$0.isEmpty }
    let user = source.user(preferring: name)
    return [
      "user_id": Value(user.name), "user_uid": Value(user.user),
      "user_gid": Value(user.group), "user_gecos": Value(user.comment),
      "user_dir": Value(user.home), "user_shell": Value(user.shell),
      "real_user_id": Value(user.realUser),
      "effective_user_id": Value(user.effectiveUser),
      "real_group_id": Value(user.realGroup),
      "effective_group_id": Value(user.realGroup),
    ]
  }

  func processEnvironment() -> Parameters {
    [
      "env": .dictionary(
        environment.sorted { $0.key < $1.key }.map { ($0.key, Value($0.value)) }
      )
    ]
  }

  func load() -> Parameters {
    let loads = source.loads()
    guard loads.count == 3 else { return [:] }
    return [
      "loadavg": .dictionary([
        ("1m", Value(loads[0])), ("5m", Value(loads[1])),
        ("15m", Value(loads[2])),
      ])
    ]
  }

  // MARK: - Restrictions

  func chroot() -> Parameters {
    if environment["debian_chroot"]?.isEmpty == false {
      return ["is_chroot": true]
    }
    let root = source.identity(of: "/")
    if let first = source.identity(of: "/proc/1/root/.") {
      return ["is_chroot": Value(root != first)]
    }
    let kind = mounts().last { $0.mount == "/" }?.kind
    let expected: UInt64 = kind == "btrfs" ? 256 : kind == "xfs" ? 128 : 2
    return ["is_chroot": Value(root.map { $0.inode != expected } ?? false)]
  }

  func fips() -> Parameters {
    ["fips": Value(source.text("/proc/sys/crypto/fips_enabled") == "1")]
  }

  func apparmor() -> Parameters {
    let isThere = source.exists("/sys/kernel/security/apparmor")
    return [
      "apparmor": .dictionary([
        ("status", isThere ? "enabled" : "disabled")
      ])
    ]
  }

  /// What Ansible asks a library for; its files say the same.
  func selinux() -> Parameters {
    var facts: [(String, Value)] = []
    let root = "/sys/fs/selinux"
    if source.exists("\(root)/enforce") {
      func mode(_ text: String?) -> Value {
        switch text {
        case "1", "enforcing": "enforcing"
        case "0", "permissive": "permissive"
        case "-1", "disabled": "disabled"
        default: "unknown"
        }
      }
      var settings: [Substring: Substring] = [:]
      for line in source.lines("/etc/selinux/config") where line.first != "#" {
        let parts = line.split(separator: "=", maxSplits: 1)
        if parts.count == 2 { settings[parts[0].stripped] = parts[1].stripped }
      }
      facts = [
        ("status", "enabled"),
        (
          "policyvers",
          source.text("\(root)/policyvers").flatMap { Int($0) }.map {
            Value($0)
          }
            ?? "unknown"
        ),
        ("config_mode", mode(settings["SELINUX"].map(String.init))),
        ("mode", mode(source.text("\(root)/enforce"))),
        (
          "type",
          settings["SELINUXTYPE"].map { Value(String($0)) } ?? "unknown"
        ),
      ]
    } else {
      facts = [("status", "disabled")]
    }
    return ["selinux": .dictionary(facts), "selinux_python_present": true]
  }

  // MARK: - Settings

  func commandLine() -> Parameters {
    guard let text = source.text("/proc/cmdline") else { return [:] }
    var last: Parameters = [:]
    var all: Parameters = [:]
    for word in Self.shellPieces(text) {
      let parts = word.split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard parts.count == 2 else {
        last[name] = true
        all[name] = true
        continue
      }
      let value = Value(String(parts[1]))
      last[name] = value
      if let known = all[name] {
        let before = known.list?.rawElements ?? [known]
        all[name] = .list(before + [value])
      } else {
        all[name] = value
      }
    }
    return [
      "cmdline": .dictionary(last.map { ($0.key, $0.value) }),
      "proc_cmdline": .dictionary(all.map { ($0.key, $0.value) }),
    ]
  }

  /// The words of a text, quotes kept (Python's `shlex.split(posix=False)`).
  private static func shellPieces(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var quote: Character?
    for character in text {
      if let open = quote {
        word.append(character)
        if character == open { quote = nil }
      } else if character.isWhitespace {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        if character == "\"" || character == "'" { quote = character }
        word.append(character)
      }
    }
    // A quotation that does not end makes Python give up on all of them.
    if quote != nil { return [] }
    if !word.isEmpty { words.append(word) }
    return words
  }

  func nameServers() -> Parameters {
    var facts: Parameters = [:]
    for line in source.lines("/etc/resolv.conf") {
      let words = line.split { $0.isWhitespace }.map(String.init)
      guard let first = words.first, line.first != "#", line.first != ";"
      else { continue }
      let rest = words.dropFirst()
      let values = rest.map { Value($0) }
      switch first {
      case "nameserver":
        facts["nameservers"] = .list(
          (facts["nameservers"]?.list?.rawElements ?? []) + values)
      case "domain": if let domain = values.first { facts["domain"] = domain }
      case "search", "sortlist": facts[first] = .list(Array(values))
      case "options":
        var options: Parameters = [:]
        for word in rest {
          let parts = word.split(separator: ":", maxSplits: 1)
          guard let name = parts.first else { continue }
          options[String(name)] =
            parts.count == 2 ? Value(String(parts[1])) : true
        }
        facts["options"] = .dictionary(options.map { ($0.key, $0.value) })
      default: break
      }
    }
    return ["dns": .dictionary(facts.map { ($0.key, $0.value) })]
  }

  func hostKeys() -> Parameters {
    var facts: Parameters = [:]
    for folder in ["/etc/ssh", "/etc/openssh", "/etc"] {
      for kind in ["dsa", "rsa", "ecdsa", "ed25519"] {
        let name = "ssh_host_key_\(kind)_public"
        if facts[name] != nil { return facts }
        guard let text = source.text("\(folder)/ssh_host_\(kind)_key.pub")
        else { continue }
        let words = text.split { $0.isWhitespace }
        guard words.count >= 2 else { continue }
        facts[name] = Value(String(words[1]))
        facts[name + "_keytype"] = Value(String(words[0]))
      }
    }
    return facts
  }

  // MARK: - Managers

  func packageManager(family: String) -> Parameters {
    var name = "unknown"
    for (path, manager) in Self.packageManagers where source.exists(path) {
      name = manager
    }
    switch family {
    case "RedHat":
      name = "unknown"
      if source.exists("/run/ostree-booted") {
        name = "atomic_container"
      } else if let path = ["/usr/bin/dnf", "/usr/bin/microdnf"].first(
        where: source.exists)
      {
        name = source.resolved(path) == "/usr/bin/dnf5" ? "dnf5" : "dnf"
      }
    case "Debian": name = "apt"
    case "Altlinux": if name == "apt" { name = "apt_rpm" }
    default: break
    }
    return ["pkg_mgr": Value(name)]
  }

  private static let packageManagers = [
    ("/usr/bin/rpm-ostree", "atomic_container"), ("/usr/bin/yum", "dnf"),
    ("/usr/bin/dnf-3", "dnf"), ("/usr/bin/dnf5", "dnf5"),
    ("/usr/bin/apt-get", "apt"), ("/usr/bin/zypper", "zypper"),
    ("/usr/sbin/urpmi", "urpmi"), ("/usr/bin/pacman", "pacman"),
    ("/bin/opkg", "opkg"), ("/usr/local/bin/brew", "homebrew"),
    ("/sbin/apk", "apk"), ("/usr/bin/emerge", "portage"),
    ("/usr/bin/xbps-install", "xbps"), ("/usr/bin/swupd", "swupd"),
    ("/usr/sbin/sorcery", "sorcery"),
  ]

  func serviceManager(distribution: String) -> Parameters {
    var first = source.text("/proc/1/comm")
    if first == nil { first = source.linkTarget("/sbin/init") }
    let name = first.map { Paths.name(of: $0) }
    if let name, name != "init", !name.hasSuffix("sh") {
      let known = [
        "procd": "openwrt_init", "runit-init": "runit", "svscan": "svc",
        "openrc-init": "openrc",
      ]
      return ["service_mgr": Value(known[name] ?? name)]
    }
    let hasSystemd = source.program("systemctl") != nil
    let manager =
      switch distribution {
      case "OpenWrt": "openwrt_init"
      case "SMGL": "simpleinit_msb"
      case _ where hasSystemd && isSystemdRunning: "systemd"
      case _
      where source.program("initctl") != nil && source.exists("/etc/init"):
        "upstart"
      case _ where source.exists("/sbin/openrc"): "openrc"
      case _
      where hasSystemd
        && source.linkTarget("/sbin/init").map { Paths.name(of: $0) }
          == "systemd":
        "systemd"
      case _ where source.exists("/etc/init.d"): "sysvinit"
      case _ where source.exists("/etc/dinit.d"): "dinit"
      default: "service"
      }
    return ["service_mgr": Value(manager)]
  }

  private var isSystemdRunning: Bool {
    ["/run/systemd/system", "/dev/.run/systemd", "/dev/.systemd"]
      .contains(where: source.exists)
  }
}
