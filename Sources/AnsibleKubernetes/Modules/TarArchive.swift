// A tar archive in memory, for what goes into a pod: the form of POSIX.1-1988
// with GNU's entries for long names.

struct TarArchive {
  private(set) var bytes: [UInt8] = []

  /// What an entry is.
  enum Kind: UInt8 {
    case file = 0x30
    case link = 0x32
    case folder = 0x35
    case longLink = 0x4B
    case longName = 0x4C
  }

  /// Adds an entry.
  ///
  /// - Parameters:
  ///   - name: the path; no slash at its beginning.
  ///   - kind: what it is.
  ///   - content: a file's bytes.
  ///   - mode: permission bits.
  ///   - modified: seconds since 1970.
  ///   - target: what a link leads to.
  mutating func add(
    _ name: String, _ kind: Kind, _ content: [UInt8] = [], mode: UInt32,
    modified: Int = 0, target: String = ""
  ) {
    let shown = kind == .folder && !name.hasSuffix("/") ? name + "/" : name
    for (text, kind) in [(target, Kind.longLink), (shown, .longName)]
    where text.utf8.count > 99 {
      entry(
        "././@LongLink", kind, Array(text.utf8) + [0], mode: 0, modified: 0,
        target: "")
    }
    entry(
      shown, kind, content, mode: mode, modified: modified, target: target)
  }

  /// The archive with its end.
  var closed: [UInt8] {
    let all = bytes + [UInt8](repeating: 0, count: 1024)
    return all
      + [UInt8](repeating: 0, count: (10240 - all.count % 10240) % 10240)
  }

  private mutating func entry(
    _ name: String, _ kind: Kind, _ content: [UInt8], mode: UInt32,
    modified: Int, target: String
  ) {
    var head = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int, _ room: Int) {
      for (index, byte) in text.utf8.prefix(room).enumerated() {
        head[offset + index] = byte
      }
    }
    func octal(_ number: Int, _ digits: Int) -> String {
      let text = String(max(number, 0), radix: 8)
      return String(repeating: "0", count: max(digits - text.count, 0)) + text
    }
    put(name, at: 0, 100)
    put(octal(Int(mode), 7), at: 100, 8)
    put(octal(0, 7), at: 108, 8)
    put(octal(0, 7), at: 116, 8)
    put(octal(content.count, 11), at: 124, 12)
    put(octal(modified, 11), at: 136, 12)
    put("        ", at: 148, 8)
    head[156] = kind.rawValue
    put(target, at: 157, 100)
    put("ustar  ", at: 257, 8)
    put("root", at: 265, 32)
    put("root", at: 297, 32)
    let sum = head.reduce(0) { $0 + Int($1) }
    put(octal(sum, 6) + "\0 ", at: 148, 8)
    bytes += head + content
    bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }
}
