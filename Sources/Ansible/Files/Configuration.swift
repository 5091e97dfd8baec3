// ansible.cfg: the settings of a project that change what its roles do.

/// The sections and keys of one ansible.cfg.
public struct Configuration: Sendable, Hashable {
  /// The path it was read from, `""` where there is none.
  public var file: String
  private var sections: [String: [String: String]]

  /// A configuration without any setting.
  public init() {
    file = ""
    sections = [:]
  }

  /// Reads the text of an ansible.cfg by the rules of Python's configparser,
  /// as far as Ansible's files use them.
  public init(text: String, file: String) {
    self.file = file
    sections = [:]
    var section = ""
    var key: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let stripped = line.stripped
      guard let first = stripped.first, first != "#", first != ";" else {
        continue
      }
      if first == "[", let end = stripped.firstIndex(of: "]") {
        section = String(
          stripped[stripped.index(after: stripped.startIndex)..<end])
        key = nil
      } else if line.first?.isWhitespace == true, let key {
        sections[section, default: [:]][key, default: ""] += "\n" + stripped
      } else if let split = stripped.firstIndex(where: {
        $0 == "=" || $0 == ":"
      }
      ) {
        let name = stripped[..<split].stripped.lowercased()
        var value = stripped[stripped.index(after: split)...].stripped
        if let comment = value.firstRange(of: " ;") {
          value = value[..<comment.lowerBound].stripped
        }
        sections[section, default: [:]][name] = String(value)
        key = name
      }
    }
  }

  /// The project's ansible.cfg: `ANSIBLE_CONFIG`, then the project's own.
  public init(
    project: String, environment: [String: String], files: some SourceFiles
  ) {
    let candidates = [
      environment["ANSIBLE_CONFIG"], Paths.join(project, "ansible.cfg"),
    ].compactMap { $0 }
    for candidate in candidates where files.isFile(candidate) {
      if let text = try? files.text(candidate) {
        self.init(text: text, file: candidate)
        return
      }
    }
    self.init()
  }

  /// One setting as written.
  public subscript(section: String, key: String) -> String? {
    sections[section]?[key]
  }

  /// One setting as a boolean by Ansible's words for it.
  public func flag(_ section: String, _ key: String) -> Bool? {
    switch self[section, key]?.lowercased() {
    case "1", "on", "t", "true", "y", "yes": true
    case "0", "off", "f", "false", "n", "no": false
    default: nil
    }
  }
}

extension StringProtocol {
  /// The text without white space at its ends.
  var stripped: Substring {
    var rest = Substring(self)
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return rest
  }
}
