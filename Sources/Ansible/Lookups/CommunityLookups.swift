// Lookups of community.general and kubernetes.core that only need values.

import Jinja

enum CommunityLookups {
  static let all: [(String, Lookups.Body)] = [
    ("community.general.random_string", randomString)
  ]

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
