// Which distribution of Linux this is, by the files that each leaves in /etc:
// ansible-core's rules, one file after the other, then its table of families.

import Jinja

extension FactReader {
  func distribution() -> Parameters {
    var facts = guessedDistribution()
    for (path, name) in Self.releaseFiles {
      guard source.files.isFile(path),
        let text = try? source.files.text(path)
      else { continue }
      let mayBeEmpty = name == "VMwareESX" || path == "/etc/arch-release"
      if mayBeEmpty {
        facts["distribution"] = Value(name)
        facts["distribution_file_path"] = Value(path)
        facts["distribution_file_variety"] = Value(name)
        break
      }
      let quotes: Set<Character> = ["'", "\"", "\\"]
      let content = text.stripped.trimmed { quotes.contains($0) }
      guard !text.isEmpty, let found = parsed(content, of: name, path, facts)
      else { continue }
      facts["distribution"] = Value(name)
      facts["distribution_file_path"] = Value(path)
      facts["distribution_file_variety"] = Value(name)
      facts["distribution_file_parsed"] = true
      facts.merge(found) { $1 }
      break
    }
    let name = facts["distribution"]?.text ?? ""
    facts["os_family"] = Value(
      Self.families.first { $0.value.contains(name) }?.key ?? name)
    return facts
  }

  /// The files that distributions leave, in the order they are looked at.
  private static let releaseFiles = [
    ("/etc/altlinux-release", "Altlinux"),
    ("/etc/oracle-release", "OracleLinux"),
    ("/etc/slackware-version", "Slackware"),
    ("/etc/centos-release", "CentOS"), ("/etc/redhat-release", "RedHat"),
    ("/etc/vmware-release", "VMwareESX"), ("/etc/openwrt_release", "OpenWrt"),
    ("/etc/os-release", "Amazon"), ("/etc/system-release", "Amazon"),
    ("/etc/alpine-release", "Alpine"), ("/etc/arch-release", "Archlinux"),
    ("/etc/os-release", "Archlinux"), ("/etc/os-release", "SUSE"),
    ("/etc/SuSE-release", "SUSE"), ("/etc/gentoo-release", "Gentoo"),
    ("/etc/os-release", "Debian"), ("/etc/lsb-release", "Debian"),
    ("/etc/lsb-release", "Mandriva"), ("/etc/sourcemage-release", "SMGL"),
    ("/usr/lib/os-release", "ClearLinux"),
    ("/etc/coreos/update.conf", "Coreos"), ("/etc/os-release", "Flatcar"),
    ("/etc/os-release", "NA"),
  ]

  private static let families: [String: Set<String>] = [
    "RedHat": [
      "RedHat", "RHEL", "Fedora", "CentOS", "Scientific", "SLC", "Ascendos",
      "CloudLinux", "PSBM", "OracleLinux", "OVS", "OEL", "Amazon", "Amzn",
      "Virtuozzo", "XenServer", "Alibaba", "EulerOS", "openEuler", "AlmaLinux",
      "Rocky", "TencentOS", "EuroLinux", "Kylin Linux Advanced Server",
      "MIRACLE",
    ],
    "Debian": [
      "Debian", "Ubuntu", "Raspbian", "Neon", "KDE neon", "Linux Mint",
      "SteamOS", "Devuan", "Kali", "Cumulus Linux", "Pop!_OS", "Parrot",
      "Pardus GNU/Linux", "Uos", "Deepin", "OSMC", "Linux Mint Debian Edition",
    ],
    "Suse": [
      "SuSE", "SLES", "SLED", "openSUSE", "openSUSE Tumbleweed", "SLES_SAP",
      "SUSE_LINUX", "openSUSE Leap", "ALP-Dolomite", "SL-Micro",
      "openSUSE MicroOS",
    ],
    "Archlinux": ["Archlinux", "Antergos", "Manjaro"],
    "Mandrake": ["Mandrake", "Mandriva"],
    "Gentoo": ["Gentoo", "Funtoo"],
    "ClearLinux": ["Clear Linux OS", "Clear Linux Mix"],
  ]

  // MARK: - One file

  /// What the file of a distribution says; nil where it is not that one's.
  private func parsed(
    _ text: String, of name: String, _ path: String, _ guess: Parameters
  ) -> Parameters? {
    switch name {
    case "Altlinux", "OracleLinux", "RedHat", "SMGL":
      let mark = [
        "Altlinux": "ALT", "OracleLinux": "Oracle Linux", "RedHat": "Red Hat",
        "SMGL": "Source Mage GNU/Linux",
      ][name]
      if let mark, text.contains(mark) {
        return [
          "distribution": Value(name),
          "distribution_file_search_string": Value(mark),
        ]
      }
      let word = text.split { $0.isWhitespace }.first.map(String.init)
      return ["distribution": Value(word ?? "")]
    case "Archlinux":
      return text.contains("Arch Linux") ? ["distribution": "Archlinux"] : nil
    case "Slackware":
      guard text.contains("Slackware") else { return nil }
      return Self.facts(
        ("distribution_version", Self.match(#"(\w+[.]\w+\+?)"#, text)))
    case "CentOS":
      if text.contains("CentOS Stream") {
        return ["distribution_release": "Stream"]
      }
      return text.contains("TencentOS Server")
        ? ["distribution": "TencentOS"] : nil
    case "OpenWrt":
      guard text.contains("OpenWrt") else { return nil }
      return Self.facts(
        (
          "distribution_version",
          Self.match(#"DISTRIB_RELEASE="(.*)""#, text)
        ),
        (
          "distribution_release",
          Self.match(#"DISTRIB_CODENAME="(.*)""#, text)
        ))
    case "Amazon": return amazon(text, path)
    case "Alpine": return ["distribution_version": Value(text)]
    case "SUSE": return suse(text, path, guess)
    case "Debian": return debian(text, path, guess)
    case "Mandriva":
      guard text.contains("Mandriva") else { return nil }
      return Self.facts(
        (
          "distribution_version",
          Self.match(#"DISTRIB_RELEASE="(.*)""#, text)
        ),
        (
          "distribution_release",
          Self.match(#"DISTRIB_CODENAME="(.*)""#, text)
        ))
    case "ClearLinux":
      guard let full = Self.match(#"NAME="(.*)""#, text),
        full.contains("Clear Linux")
      else { return nil }
      let version = Self.match("VERSION_ID=(.*)", text)
      return Self.facts(
        ("distribution", full), ("distribution_major_version", version),
        ("distribution_version", version),
        ("distribution_release", Self.match("ID=(.*)", text)))
    case "Coreos":
      guard guess["distribution"]?.text == "Coreos" else { return nil }
      return Self.facts(
        ("distribution_release", Self.match("^GROUP=(.*)", text)))
    case "Flatcar":
      guard guess["distribution"]?.text == "Flatcar" else { return nil }
      let version = Self.match("VERSION=(.*)", text).map(Self.unquoted)
      return Self.facts(
        ("distribution_version", version),
        ("distribution_major_version", version.map(Self.major)))
    case "NA":
      var facts: Parameters = [:]
      for line in text.split(whereSeparator: \.isNewline) {
        if line.hasPrefix("NAME=") {
          facts["distribution"] = Value(
            Self.unquoted(String(line.dropFirst(5))))
        }
        if line.hasPrefix("VERSION="),
          guess["distribution_version"]?.text == "NA"
        {
          facts["distribution_version"] = Value(
            Self.unquoted(String(line.dropFirst(8))))
        }
      }
      return facts
    default: return nil
    }
  }

  private func amazon(_ text: String, _ path: String) -> Parameters? {
    guard text.contains("Amazon") else { return nil }
    var facts: Parameters = ["distribution": "Amazon"]
    if path == "/etc/os-release" {
      if let version = Self.match(#"VERSION_ID="(.*)""#, text) {
        let parts = version.split(separator: ".").map(String.init)
        facts["distribution_version"] = Value(version)
        facts["distribution_major_version"] = Value(parts.first ?? "")
        facts["distribution_minor_version"] = Value(
          parts.count > 1 ? parts[1] : "NA")
      }
    } else {
      let number = text.split { $0.isWhitespace }.first {
        $0.allSatisfy(\.isNumber)
      }
      facts["distribution_version"] = Value(number.map(String.init) ?? "NA")
    }
    return facts
  }

  private func suse(
    _ text: String, _ path: String, _ guess: Parameters
  ) -> Parameters? {
    let small = text.lowercased()
    guard small.contains("suse") else { return nil }
    var facts: Parameters = [:]
    if path == "/etc/os-release" {
      for line in text.split(whereSeparator: \.isNewline).map(String.init) {
        if line.hasPrefix("NAME=") {
          facts["distribution"] = Value(
            Self.unquoted(String(line.dropFirst(5))))
        }
        guard
          let version = Self.match(#"^VERSION_ID="?([0-9]+\.?[0-9]*)"?"#, line)
        else { continue }
        facts["distribution_version"] = Value(version)
        facts["distribution_major_version"] = Value(Self.major(version))
        let release =
          Self.match(#"^VERSION_ID="?[0-9]+\.?([0-9]*)"?"#, line) ?? ""
        if small.contains("open") {
          facts["distribution_release"] = Value(release)
        } else if small.contains("enterprise") {
          facts["distribution_release"] = Value(release.isEmpty ? "0" : release)
        }
      }
    } else if small.contains("open") {
      let word = text.split { $0.isWhitespace }.first.map(String.init) ?? ""
      facts["distribution"] = Value(word)
      if let name = Self.match("CODENAME *= *([^\n]+)", text) {
        facts["distribution_release"] = Value(String(name.stripped))
      }
    } else if small.contains("enterprise") {
      facts["distribution"] = text.contains("Server") ? "SLES" : "SLED"
      if let level = Self.match("PATCHLEVEL = ([0-9]+)", text) {
        facts["distribution_release"] = Value(level)
        facts["distribution_version"] = Value(
          "\(guess["distribution_version"]?.text ?? "").\(level)")
      }
    }
    switch Self.match(#"(?m)^VARIANT_ID="?([^"\n]*)"?"#, text) {
    case "server-sap", "sles-sap": facts["distribution"] = "SLES_SAP"
    case "transactional": facts["distribution"] = "SL-Micro"
    case nil:
      let product = source.resolved("/etc/products.d/baseproduct")
      if product.hasSuffix("SLES_SAP.prod") {
        facts["distribution"] = "SLES_SAP"
      } else if product.hasSuffix("SL-Micro.prod") {
        facts["distribution"] = "SL-Micro"
      }
    default: break
    }
    return facts
  }

  private func debian(
    _ text: String, _ path: String, _ guess: Parameters
  ) -> Parameters? {
    func named(_ name: String, _ pairs: (String, String?)...) -> Parameters {
      var facts: Parameters = ["distribution": Value(name)]
      for case (let key, let value?) in pairs { facts[key] = Value(value) }
      return facts
    }
    let version = Self.match(#"VERSION_ID="(.*)""#, text)
    let codename = Self.match(#"VERSION_CODENAME="?([^"]+)"?"#, text)
    if text.contains("Debian") || text.contains("Raspbian") {
      var minor: String?
      for line in source.lines("/etc/debian_version") {
        minor = Self.match(#"\d+\.(\d+)"#, String(line)) ?? minor
      }
      return named(
        "Debian",
        (
          "distribution_release",
          Self.match(#"PRETTY_NAME=[^(]+ \(?([^)]+?)\)"#, text)
        ), ("distribution_minor_version", minor))
    }
    if text.contains("Ubuntu") { return named("Ubuntu") }
    if text.contains("SteamOS") { return named("SteamOS") }
    if text.contains("Kali") || text.contains("Parrot") {
      return named(
        text.contains("Kali") ? "Kali" : "Parrot",
        ("distribution_release", Self.match("DISTRIB_RELEASE=(.*)", text)))
    }
    if text.contains("Devuan") {
      return named(
        "Devuan",
        (
          "distribution_release",
          Self.match(#"PRETTY_NAME=\"?[^(\"]+ \(?([^) \"]+)\)?"#, text)
        ), ("distribution_version", version),
        ("distribution_major_version", version))
    }
    if text.contains("Cumulus") {
      let version = Self.match("VERSION_ID=(.*)", text)
      return named(
        "Cumulus Linux", ("distribution_version", version),
        ("distribution_major_version", version.map(Self.major)),
        ("distribution_release", Self.match(#"VERSION="(.*)""#, text)))
    }
    let major = version.map(Self.major)
    if text.contains("Mint") {
      return named(
        "Linux Mint", ("distribution_version", version),
        ("distribution_major_version", major))
    }
    for (words, name) in [
      (["UOS", "Uos", "uos"], "Uos"), (["Deepin", "deepin"], "Deepin"),
    ] where words.contains(where: text.contains) {
      return named(
        name, ("distribution_release", codename),
        ("distribution_version", version),
        ("distribution_major_version", major))
    }
    return text.contains("LMDE") ? named("Linux Mint Debian Edition") : nil
  }

  // MARK: - The guess

  /// What os-release says, before the files of single distributions are looked
  /// at.
  private func guessedDistribution() -> Parameters {
    let release = osRelease
    let identifier = (release["ID"] ?? "").lowercased()
    let name: String
    switch identifier {
    case "amzn": name = "Amazon"
    case "rhel": name = "Redhat"
    case "": name = "OtherLinux"
    default:
      name = identifier.prefix(1).uppercased() + identifier.dropFirst()
    }
    var versions = [release["VERSION_ID"] ?? ""]
    for file in ["centos", "redhat", "rocky", "almalinux", "oracle"] {
      if let line = source.lines("/etc/\(file)-release").first,
        let found = Self.match(#"release ([0-9][0-9.]*)"#, String(line))
      {
        versions.append(found)
        break
      }
    }
    if identifier == "debian" {
      versions.append(source.text("/etc/debian_version") ?? "")
    }
    var version = versions.first { !$0.isEmpty } ?? ""
    if identifier == "debian" || identifier == "centos" {
      func dots(_ text: String) -> Int { text.count { $0 == "." } }
      for candidate in versions where dots(candidate) > dots(version) {
        version = candidate
      }
      if identifier == "centos" {
        version = version.split(separator: ".").prefix(2)
          .joined(separator: ".")
      }
    }
    if version.isEmpty { version = "NA" }
    let inBrackets = Self.match(
      #"\((\D+)\)"#, release["VERSION"] ?? release["PRETTY_NAME"] ?? "")
    let codename =
      release["VERSION_CODENAME"] ?? release["UBUNTU_CODENAME"]
      ?? (identifier == "ubuntu"
        ? lsbFile["DISTRIB_CODENAME"] : nil) ?? inBrackets
    return [
      "distribution": Value(name), "distribution_version": Value(version),
      "distribution_release": Value(codename ?? "NA"),
      "distribution_major_version": Value(Self.major(version)),
    ]
  }

  // MARK: - LSB

  /// What `lsb_release -a` says, which reads these files itself.
  func standardBase() -> Parameters {
    let file = lsbFile
    var facts: Parameters = [:]
    func set(_ key: String, _ value: String?) {
      if let value, !value.isEmpty { facts[key] = Value(value) }
    }
    set("id", file["DISTRIB_ID"])
    set("release", file["DISTRIB_RELEASE"])
    set("description", file["DISTRIB_DESCRIPTION"])
    set("codename", file["DISTRIB_CODENAME"])
    if facts.isEmpty, source.program("lsb_release") != nil {
      let release = osRelease
      set(
        "id",
        release["ID"].map { $0.prefix(1).uppercased() + $0.dropFirst() })
      set("release", release["VERSION_ID"])
      set("description", release["PRETTY_NAME"])
      set("codename", release["VERSION_CODENAME"])
    }
    if let number = facts["release"]?.text {
      facts["major_release"] = Value(Self.major(number))
    }
    return ["lsb": .dictionary(facts.map { ($0.key, $0.value) })]
  }

  private var osRelease: [String: String] {
    assignments(
      source.exists("/etc/os-release")
        ? "/etc/os-release" : "/usr/lib/os-release")
  }

  private var lsbFile: [String: String] { assignments("/etc/lsb-release") }

  /// The lines `NAME=value` of a file, quotes taken off.
  private func assignments(_ path: String) -> [String: String] {
    var found: [String: String] = [:]
    for line in source.lines(path) where line.first != "#" {
      let parts = line.split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      found[String(parts[0])] = Self.unquoted(String(parts[1]))
    }
    return found
  }

  // MARK: - Texts

  private static func facts(_ pairs: (String, String?)...) -> Parameters {
    var facts: Parameters = [:]
    for case (let key, let value?) in pairs { facts[key] = Value(value) }
    return facts
  }

  private static func match(_ pattern: String, _ text: String) -> String? {
    guard let regex = try? PythonRegex(pattern),
      let found = try? regex.search(text)
    else { return nil }
    return found.group(1)
  }

  private static func unquoted(_ text: String) -> String {
    String(text.stripped).trimmed { $0 == "\"" || $0 == "'" }
  }

  private static func major(_ version: String) -> String {
    String(version.prefix { $0 != "." })
  }
}

extension StringProtocol {
  /// The text without such characters at its ends.
  func trimmed(_ isAway: (Character) -> Bool) -> String {
    var rest = Substring(self)
    while let first = rest.first, isAway(first) { rest.removeFirst() }
    while let last = rest.last, isAway(last) { rest.removeLast() }
    return String(rest)
  }
}
