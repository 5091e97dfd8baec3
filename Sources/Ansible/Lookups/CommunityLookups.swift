// Lookups of community.general.

import Jinja

enum CommunityLookups {
  static let all: [(String, Lookups.Body)] = [
    ("community.general.filetree", fileTree),
    ("community.general.random_string", randomString),
  ]

  /// All that is below directories, each with what is known of it.
  private static func fileTree(_ call: LookupCall) throws -> [Value] {
    var found: [(path: String, value: Value)] = []
    for term in call.terms {
      let name = try call.name(term)
      let places =
        Paths.isAbsolute(name)
        ? [name]
        : try call.searchStack.flatMap {
          [Paths.join($0, "files", name), Paths.join($0, name)]
        }
      guard let place = places.first(where: call.world.files.isDirectory)
      else { continue }
      let top = Paths.normalize(place)
      let root = name.hasSuffix("/") ? top + "/" : top
      try walk(top, "") { path in
        guard !found.contains(where: { $0.path == path }),
          let value = properties(of: path, in: root, call)
        else { return }
        found.append((path, value))
      }
    }
    return found.map(\.value)

    /// Directories come before files, links to them are not entered.
    func walk(
      _ folder: String, _ prefix: String, _ tell: (String) throws -> Void
    ) throws {
      let names = try call.world.files.names(in: folder)
      let folders = names.filter {
        call.world.files.isDirectory(Paths.join(folder, $0))
      }
      for name in folders + names.filter({ !folders.contains($0) }) {
        try tell(prefix + name)
      }
      for name in folders
      where call.world.linkTarget(Paths.join(folder, name)) == nil {
        try walk(Paths.join(folder, name), prefix + name + "/", tell)
      }
    }
  }

  private static func properties(
    of path: String, in root: String, _ call: LookupCall
  ) -> Value? {
    let whole = Paths.join(root, path)
    guard let state = call.world.fileState(whole) else { return nil }
    var facts: [(String, Value)] = [
      ("root", Value(root)), ("path", Value(path)),
    ]
    if let target = call.world.linkTarget(whole) {
      facts += [("state", "link"), ("src", Value(target))]
    } else if call.world.files.isDirectory(whole) {
      facts.append(("state", "directory"))
    } else if state.kind == 0o100000 {
      facts += [("state", "file"), ("src", Value(whole))]
    } else {
      return nil
    }
    let mode = String(state.mode & 0o7777, radix: 8)
    facts += [
      ("uid", Value(Int(state.user))), ("gid", Value(Int(state.group))),
      ("owner", state.userName.map { Value($0) } ?? Value(Int(state.user))),
      ("group", state.groupName.map { Value($0) } ?? Value(Int(state.group))),
      (
        "mode",
        Value(
          "0" + String(repeating: "0", count: max(0, 3 - mode.count)) + mode)
      ), ("size", Value(state.size)), ("mtime", Value(state.modified)),
      ("ctime", Value(state.changed)),
    ]
    return .dictionary(facts)
  }

  private static let digits = "0123456789"
  private static let lower = "abcdefghijklmnopqrstuvwxyz"
  private static let special = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

  private static func randomString(_ call: LookupCall) throws -> [Value] {
    func number(_ name: String, _ fallback: Int) throws -> Int {
      guard let value = call[name], !value.isNone else { return fallback }
      let text = try value.str()
      guard let number = value.integer ?? Int(text),
        (0...100_000).contains(number)
      else {
        throw TemplateError.plugin("\(name) is out of range: \(text)")
      }
      return number
    }
    let seed = call["seed"].filled
    if seed == nil { _ = try call.effects() }
    var twister = try seed.map { try MersenneTwister(seed: $0) }
    var random = SystemRandomNumberGenerator()

    func drawn(_ set: String, _ count: Int) throws -> String {
      let choices = Array(set)
      guard count > 0 else { return "" }
      guard !choices.isEmpty else {
        throw TemplateError.plugin(
          "Available characters cannot be None, please change constraints")
      }
      return String(
        (0..<count).map { _ in
          choices[
            twister?.below(choices.count)
              ?? Int.random(in: 0..<choices.count, using: &random)]
        })
    }

    let similar =
      try call.flag("ignore_similar_chars")
      ? try call.text("similar_chars", "il1LoO0") : ""
    func kept(_ set: String) -> String { set.filter { !similar.contains($0) } }
    let override = try call.text("override_special", "")
    let sets = [
      ("numbers", "min_numeric", kept(digits)),
      ("lower", "min_lower", kept(lower)),
      ("upper", "min_upper", kept(lower.uppercased())),
      ("special", "min_special", override.isEmpty ? kept(special) : override),
    ]
    var text = ""
    var available = try call.text("override_all", "")
    if available.isEmpty {
      // Upper case first, as the order decides what a seed draws.
      for name in ["upper", "lower", "numbers", "special"]
      where try call.flag(name, true) {
        available += sets.first { $0.0 == name }?.2 ?? ""
      }
      for set in sets { text += try drawn(set.2, try number(set.1, 0)) }
    }
    text += try drawn(
      available, max(0, try number("length", 8) - text.count))
    if seed == nil { text = String(text.shuffled(using: &random)) }
    if try call.flag("base64") {
      text = String(decoding: Base64.encoded(Array(text.utf8)), as: UTF8.self)
    }
    return [Value(text).marked(.secret)]
  }
}
