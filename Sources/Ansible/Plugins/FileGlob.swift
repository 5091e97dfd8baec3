// Python's glob: `*`, `?` and `[…]` in the parts of a path; hidden names only
// where the pattern begins with a dot.

/// Finds paths by pattern.
enum FileGlob {
  /// Existing paths that match, sorted.
  static func matches(_ pattern: String, in world: PluginWorld) -> [String] {
    let isAbsolute = pattern.hasPrefix("/")
    var found = [isAbsolute ? "/" : ""]
    let parts = pattern.split(separator: "/").map(String.init)
    for part in parts {
      guard part.contains(where: { "*?[".contains($0) }) else {
        found = found.map { Paths.join($0, part) }
          .filter { world.files.exists(Paths.join(world.directory, $0)) }
        continue
      }
      found = found.flatMap { folder -> [String] in
        let place = Paths.join(world.directory, folder)
        let names = (try? world.files.names(in: place)) ?? []
        return names.filter {
          ($0.hasPrefix(".") ? part.hasPrefix(".") : true)
            && isMatch($0, part)
        }.map { Paths.join(folder, $0) }
      }
    }
    return parts.isEmpty ? [] : found.sorted()
  }

  /// Python's `fnmatch` of one name.
  static func isMatch(_ name: String, _ pattern: String) -> Bool {
    isMatch(Array(name.unicodeScalars)[...], Array(pattern.unicodeScalars)[...])
  }

  private static func isMatch(
    _ name: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>
  ) -> Bool {
    var name = name
    var pattern = pattern
    /// Where the last `*` may take one more character.
    var retry:
      (name: ArraySlice<Unicode.Scalar>, pattern: ArraySlice<Unicode.Scalar>)?
    while true {
      if pattern.first == "*" {
        pattern = pattern.dropFirst()
        retry = (name, pattern)
        continue
      }
      if let scalar = name.first, let rest = step(scalar, pattern) {
        name = name.dropFirst()
        pattern = rest
        continue
      }
      if name.isEmpty, pattern.isEmpty { return true }
      guard let last = retry, !last.name.isEmpty else { return false }
      name = last.name.dropFirst()
      pattern = last.pattern
      retry = (name, pattern)
    }
  }

  /// The pattern after its first element, nil where that does not match.
  private static func step(
    _ scalar: Unicode.Scalar, _ pattern: ArraySlice<Unicode.Scalar>
  ) -> ArraySlice<Unicode.Scalar>? {
    guard let first = pattern.first else { return nil }
    if first == "?" { return pattern.dropFirst() }
    guard first == "[" else {
      return first == scalar ? pattern.dropFirst() : nil
    }
    var rest = pattern.dropFirst()
    let isNegated = rest.first == "!"
    if isNegated { rest = rest.dropFirst() }
    var isIn = false
    var isFirst = true
    while let low = rest.first, low != "]" || isFirst {
      isFirst = false
      rest = rest.dropFirst()
      if rest.first == "-", let high = rest.dropFirst().first, high != "]" {
        isIn = isIn || (low <= scalar && scalar <= high)
        rest = rest.dropFirst(2)
      } else {
        isIn = isIn || low == scalar
      }
    }
    guard rest.first == "]" else {
      return scalar == "[" ? pattern.dropFirst() : nil
    }
    return isIn != isNegated ? rest.dropFirst() : nil
  }
}
