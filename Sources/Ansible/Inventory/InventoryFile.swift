// Inventories in files: INI and YAML, as Ansible's plugins of these names read
// them.

import Jinja

/// Reads one inventory file.
public struct InventoryFile {
  private let path: String
  private let files: any SourceFiles
  private let vault: Vault

  /// A reader of the file at an absolute path.
  public init(_ path: String, files: any SourceFiles, vault: Vault) {
    self.path = path
    self.files = files
    self.vault = vault
  }

  /// Adds what the file says.
  ///
  /// Throws ``AnsibleFailure`` for what is wrong, or of a kind that only
  /// ansible-playbook reads.
  public func read(into inventory: inout HostInventory) throws {
    guard let stamp = files.stamp(path) else {
      throw failure("there is no such inventory")
    }
    if stamp.isDirectory {
      throw failure(
        "an inventory of several files is for ansible-playbook; name one file")
    }
    if stamp.mode & 0o111 != 0 {
      throw failure(
        "an inventory that is a program is for ansible-playbook; write what it "
          + "prints to a file")
    }
    let folder = Paths.directory(of: path)
    if !inventory.folders.contains(folder) { inventory.folders.append(folder) }
    let suffix = Paths.suffix(of: path)
    if ["", ".yml", ".yaml", ".json"].contains(suffix) {
      let read = try? AnsibleText.value(
        of: try files.read(path), file: path, vault: vault)
      if let groups = try read?.value.dictionary?.pairs() {
        for entry in groups {
          try group(entry.key, entry.value, &inventory)
        }
        return
      }
      if !suffix.isEmpty {
        throw failure("an inventory in YAML is a mapping of groups")
      }
    }
    if suffix == ".toml" {
      throw failure("an inventory in TOML is for ansible-playbook")
    }
    try lines(of: try files.text(path), &inventory)
  }

  private func failure(_ sentence: String, line: Int? = nil) -> AnsibleFailure {
    AnsibleFailure(
      sentence, at: SourcePlace(file: path, line: line ?? 0))
  }

  // MARK: - YAML

  private func group(
    _ name: String, _ content: Value, _ inventory: inout HostInventory
  ) throws {
    guard name != "plugin" else {
      throw failure("an inventory of a plugin is for ansible-playbook")
    }
    inventory.add(group: name)
    guard !content.isNone else { return }
    guard let sections = try content.dictionary?.pairs() else {
      throw failure("the group \(name) is no mapping")
    }
    for section in sections where !section.value.isNone {
      guard let entries = section.value.dictionary else {
        throw failure("\(section.key) of the group \(name) is no mapping")
      }
      switch section.key {
      case "vars":
        inventory.set(
          Dictionary(
            entries.rawPairs().map { ($0.key, $0.value) },
            uniquingKeysWith: { $1 }), ofGroup: name)
      case "children":
        for child in try entries.pairs() {
          try group(child.key, child.value, &inventory)
          inventory.add(child: child.key, to: name)
        }
      case "hosts":
        for host in try entries.pairs() {
          let variables = host.value.dictionary?.rawPairs() ?? []
          for each in Self.expanded(host.key) {
            inventory.add(
              host: each,
              Dictionary(
                variables.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }),
              to: name)
          }
        }
      default: break
      }
    }
  }

  // MARK: - INI

  private enum Section { case hosts, children, variables }

  private func lines(
    of text: String, _ inventory: inout HostInventory
  ) throws {
    var group = "ungrouped"
    var section = Section.hosts
    for (index, raw) in text.split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    ).enumerated() {
      let line = String(raw.stripped)
      if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
      if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
        let header = line[line.index(after: line.startIndex)..<end]
          .split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = header.first, !name.contains(where: \.isWhitespace)
        else { throw failure("invalid section \(line)", line: index + 1) }
        group = name
        switch header.count > 1 ? header[1] : "hosts" {
        case "hosts": section = .hosts
        case "children": section = .children
        case "vars": section = .variables
        default:
          throw failure("section \(line) has unknown type", line: index + 1)
        }
        inventory.add(group: group)
        continue
      }
      switch section {
      case .children:
        let name = String(line.prefix { $0 != "#" }.stripped)
        inventory.add(group: name)
        inventory.add(child: name, to: group)
      case .variables:
        guard let (key, value) = Self.pair(line[...]) else {
          throw failure("expected key=value, got: \(line)", line: index + 1)
        }
        inventory.set([key: value], ofGroup: group)
      case .hosts:
        try hosts(line, of: group, at: index + 1, &inventory)
      }
    }
  }

  private func hosts(
    _ line: String, of group: String, at number: Int,
    _ inventory: inout HostInventory
  ) throws {
    let words: [String]
    do {
      words = try ShellWords.split(Self.withoutComment(line))
    } catch {
      throw failure("\(error): \(line)", line: number)
    }
    var variables: [String: Value] = [:]
    for word in words.dropFirst() {
      guard let (key, value) = Self.pair(word[...]) else {
        throw failure(
          "expected key=value of a host, got: \(word)", line: number)
      }
      variables[key] = value
    }
    guard let name = words.first else { return }
    for host in Self.expanded(Self.withoutPort(name)) {
      inventory.add(host: host, variables, to: group)
    }
  }

  private static func pair(_ text: Substring) -> (String, Value)? {
    guard let equals = text.firstIndex(of: "=") else { return nil }
    let written = String(text[text.index(after: equals)...].stripped)
    return (
      String(text[..<equals].stripped),
      PythonLiteral.read(written) ?? Value(written)
    )
  }

  private static func withoutComment(_ line: String) -> String {
    var quote: Character?
    var last: Character = " "
    for index in line.indices {
      let character = line[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == "#", last.isWhitespace {
        return String(line[..<index])
      }
      last = character
    }
    return line
  }

  private static func withoutPort(_ name: String) -> String {
    let start = name.lastIndex(of: "]") ?? name.startIndex
    let colons = name[start...].indices.filter { name[$0] == ":" }
    guard colons.count == 1, let colon = colons.first,
      Int(name[name.index(after: colon)...]) != nil
    else { return name }
    return String(name[..<colon])
  }

  /// The names of a pattern such as `web[01:03]` or `db-[a:c]`.
  static func expanded(_ pattern: String) -> [String] {
    guard let open = pattern.firstIndex(of: "["),
      let close = pattern[open...].firstIndex(of: "]")
    else { return [pattern] }
    let ends = pattern[pattern.index(after: open)..<close]
      .split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(ends.count) else { return [pattern] }
    let step = max(ends.count == 3 ? Int(ends[2]) ?? 1 : 1, 1)
    var middles: [String] = []
    if let first = Int(ends[0].isEmpty ? "0" : ends[0]), let last = Int(ends[1])
    {
      guard first <= last else { return [pattern] }
      let width = ends[0].hasPrefix("0") ? ends[0].count : 0
      middles = stride(from: first, through: last, by: step).map { number in
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.count, 0))
          + digits
      }
    } else if let first = ends[0].utf8.first, let last = ends[1].utf8.first,
      ends[0].utf8.count == 1, ends[1].utf8.count == 1, first <= last
    {
      middles = stride(from: first, through: last, by: step).map {
        String(UnicodeScalar($0))
      }
    }
    let rest = expanded(String(pattern[pattern.index(after: close)...]))
    return middles.flatMap { middle in
      rest.map { pattern[..<open] + middle + $0 }
    }
  }
}
