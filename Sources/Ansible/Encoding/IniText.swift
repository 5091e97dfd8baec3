// INI texts by the rules of Python's configparser, which Ansible's `ini` lookup
// and the `from_ini` and `to_ini` filters go through.

import Jinja

/// Why a text is not INI, in configparser's words.
struct IniError: Error, Sendable {
  var message: String
}

/// The sections of an INI text in order.
struct IniText {
  /// How a text is read.
  struct Rules {
    var isCaseSensitive = false
    var allowsNoValue = false
  }

  /// One section and its options, DEFAULT's not mixed in.
  struct Section {
    var name: String
    var options: [(key: String, value: String?)] = []

    subscript(key: String) -> String?? {
      options.first { $0.key == key }?.value
    }
  }

  private(set) var sections: [Section] = []
  private(set) var defaults = Section(name: "DEFAULT")
  let rules: Rules

  /// Reads a text.
  init(_ text: String, rules: Rules = Rules()) throws(IniError) {
    self.rules = rules
    var current: Int?
    var isDefault = false
    var indent = 0
    /// Whether a following deeper line belongs to the last option.
    var continues = false
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    for (index, line) in lines.enumerated() {
      let trimmed = line.stripped
      guard let first = trimmed.first else {
        // An empty line may stand inside a value.
        if continues { append("", current, isDefault) }
        continue
      }
      if first == "#" || first == ";" { continue }
      let margin = line.prefix { $0.isWhitespace }.count
      if continues, margin > indent {
        append(String(trimmed), current, isDefault)
        continue
      }
      indent = margin
      if first == "[", let end = trimmed.lastIndex(of: "]"),
        trimmed.distance(from: trimmed.startIndex, to: end) > 1
      {
        let name = String(
          trimmed[trimmed.index(after: trimmed.startIndex)..<end])
        isDefault = name == "DEFAULT"
        continues = false
        if isDefault { continue }
        guard !sections.contains(where: { $0.name == name }) else {
          throw IniError(
            message: "While reading from '<???>' [line \(index + 1)]: "
              + "section \(PythonQuote.repr(name)) already exists")
        }
        sections.append(Section(name: name))
        current = sections.count - 1
        continue
      }
      guard current != nil || isDefault else {
        throw IniError(
          message: "File contains no section headers.\nfile: '<???>', "
            + "line: \(index + 1)\n"
            + PythonQuote.repr(
              String(line) + (index + 1 < lines.count ? "\n" : "")))
      }
      try option(
        trimmed, line: index + 1, source: String(line), current, isDefault)
      continues = true
    }
    for index in sections.indices { Self.trim(&sections[index]) }
    Self.trim(&defaults)
  }

  private mutating func option(
    _ text: Substring, line: Int, source: String, _ current: Int?,
    _ isDefault: Bool
  ) throws(IniError) {
    var key = text
    var value: String?
    if let mark = text.firstIndex(where: { $0 == "=" || $0 == ":" }) {
      key = text[..<mark]
      value = String(text[text.index(after: mark)...].stripped)
    } else if !rules.allowsNoValue {
      throw IniError(
        message: "Source contains parsing errors: '<???>'\n\t[line "
          + "\(CivilTime.padded(line, 2, with: " "))]: "
          + PythonQuote.repr(source + "\n"))
    }
    var name = String(key.stripped)
    if !rules.isCaseSensitive { name = name.lowercased() }
    let section =
      isDefault ? defaults : current.map { sections[$0] } ?? defaults
    guard section[name] == nil else {
      throw IniError(
        message: "While reading from '<???>' [line \(line)]: option "
          + "\(PythonQuote.repr(name)) in section "
          + "\(PythonQuote.repr(section.name)) already exists")
    }
    if isDefault {
      defaults.options.append((name, value))
    } else if let current {
      sections[current].options.append((name, value))
    }
  }

  private mutating func append(
    _ line: String, _ current: Int?, _ isDefault: Bool
  ) {
    func extend(_ section: inout Section) {
      guard let last = section.options.indices.last else { return }
      section.options[last].value =
        (section.options[last].value ?? "") + "\n" + line
    }
    if isDefault {
      extend(&defaults)
    } else if let current {
      extend(&sections[current])
    }
  }

  /// Takes the empty lines at the end of every value away.
  private static func trim(_ section: inout Section) {
    for index in section.options.indices {
      while section.options[index].value?.last?.isNewline == true {
        section.options[index].value?.removeLast()
      }
    }
  }

  /// The options of a section with DEFAULT's, nil where there is none.
  func options(of name: String) -> [(key: String, value: String?)]? {
    if name == "DEFAULT" { return defaults.options }
    guard let section = sections.first(where: { $0.name == name }) else {
      return nil
    }
    // The defaults stand first, each with what the section puts in its place.
    let inherited = defaults.options.map { option in
      (key: option.key, value: section[option.key] ?? option.value)
    }
    return inherited + section.options.filter { defaults[$0.key] == nil }
  }

  /// A value with `%(name)s` filled in (configparser's BasicInterpolation).
  func interpolated(
    _ value: String, in section: String, depth: Int = 0
  ) throws(IniError) -> String {
    guard depth < 10 else {
      throw IniError(
        message: "Recursion limit exceeded in value substitution")
    }
    var result = ""
    var rest = Substring(value)
    while let mark = rest.firstIndex(of: "%") {
      result += rest[..<mark]
      rest = rest[rest.index(after: mark)...]
      if rest.first == "%" {
        result += "%"
        rest = rest.dropFirst()
        continue
      }
      guard rest.first == "(", let end = rest.firstIndex(of: ")"),
        rest[rest.index(after: end)...].first == "s"
      else {
        throw IniError(
          message: "'%' must be followed by '%' or '(', found: "
            + PythonQuote.repr("%" + rest))
      }
      var name = String(rest[rest.index(after: rest.startIndex)..<end])
      if !rules.isCaseSensitive { name = name.lowercased() }
      let options = options(of: section) ?? []
      guard let found = options.first(where: { $0.key == name })?.value else {
        throw IniError(
          message: "Bad value substitution: option in section "
            + "\(PythonQuote.repr(section)) contains an interpolation key "
            + "\(PythonQuote.repr(name)) which is not a valid option name.")
      }
      result += try interpolated(found, in: section, depth: depth + 1)
      rest = rest[rest.index(end, offsetBy: 2)...]
    }
    return result + rest
  }
}
