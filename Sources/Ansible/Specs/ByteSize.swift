// Sizes as people write them: "10M", "2 KB", "1Mb".

/// Reads and writes sizes by the rules of Ansible's human_to_bytes and
/// bytes_to_human.
enum ByteSize {
  static let units: [(name: Character, size: Double)] = [
    ("Y", 0x1p80), ("Z", 0x1p70), ("E", 0x1p60), ("P", 0x1p50), ("T", 0x1p40),
    ("G", 0x1p30), ("M", 0x1p20), ("K", 0x1p10), ("B", 1),
  ]
  private static let words: [Character: String] = [
    "B": "", "K": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta",
    "E": "exa", "Z": "zetta", "Y": "yotta",
  ]

  /// The number of bytes or bits; nil where the text is no size.
  static func parse(_ text: String, isBits: Bool) -> Int? {
    let stripped = text.stripped
    guard !text.hasPrefix(" ") else { return nil }
    let digits = stripped.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), digits.last != "." else { return nil }
    let unit = stripped.dropFirst(digits.count).stripped
    guard let first = unit.first else { return whole(number) }
    guard unit.allSatisfy({ $0.isASCII && $0.isLetter }) else { return nil }
    let key = Character(first.uppercased())
    guard let range = units.first(where: { $0.name == key })?.size,
      let word = words[key]
    else { return nil }
    if unit.count > 1 {
      let name = word + (isBits ? "bit" : "byte")
      let short =
        key == "B" ? (isBits ? "b" : "B") : "\(key)\(isBits ? "b" : "B")"
      guard unit.lowercased() == name || unit == short else { return nil }
    }
    return whole(number * range)
  }

  /// A size in the largest unit that it fills, or in one that is named.
  static func text(
    _ size: Double, unit: String? = nil, base: String = "Bytes"
  ) -> String {
    let chosen =
      units.first { name, limit in
        unit.map { $0 == String(name) } ?? (size >= limit)
      } ?? ("B", 1)
    let suffix =
      chosen.1 == 1 ? base : String(chosen.0) + String(base.prefix(1))
    return "\(FixedPoint.text(size / chosen.1, digits: 2)) \(suffix)"
  }

  private static func whole(_ number: Double) -> Int? {
    Int(exactly: number.rounded(.toNearestOrEven))
  }
}
