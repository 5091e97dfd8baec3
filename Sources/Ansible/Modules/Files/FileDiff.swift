// What results tell of a change to a file under `--diff`.

import Jinja

/// Single things about a file before and after.
struct FileDiff {
  private var before: [(String, Value)] = []
  private var after: [(String, Value)] = []

  /// Nothing yet.
  init() {}

  /// A path that stays.
  init(path: String) { note("path", Value(path), Value(path)) }

  mutating func note(_ name: String, _ old: Value, _ new: Value) {
    before.append((name, old))
    after.append((name, new))
  }

  /// Something that was there before.
  mutating func noteBefore(_ name: String, _ old: Value) {
    before.append((name, old))
  }

  /// As a member of a result.
  var value: Value {
    .dictionary([
      ("before", .dictionary(before)), ("after", .dictionary(after)),
    ])
  }

  /// As the second of the two that modules give which edit a text.
  func value(ofAttributesOf path: String) -> Value {
    var members: [(String, Value)] = []
    if !before.isEmpty || !after.isEmpty {
      members = [
        ("before", .dictionary(before)), ("after", .dictionary(after)),
      ]
    }
    let header = Value("\(path) (file attributes)")
    return .dictionary(
      members + [("before_header", header), ("after_header", header)])
  }

  /// A text before and after, its secrets marked; nothing of it where nobody
  /// asked what changes.
  static func text(
    _ old: String, _ new: String, header: String, _ call: ModuleCall
  ) -> Value {
    var (before, after): (Value, Value) = ("", "")
    if call.showsDiff {
      (before, after) = SecretTexts(call).marking(old, becomes: new)
    }
    return .dictionary([
      ("before", before), ("after", after),
      ("before_header", Value(header)), ("after_header", Value(header)),
    ])
  }

  /// The largest file whose content is told.
  private static let largest = 104_448

  /// A whole file that is put in the place of another.
  ///
  /// By the rules of ansible-core's plugins/action, _get_diff_data; secrets are
  /// marked, those of `marked`, which the content was made of, too.
  static func content(
    of path: String, becomes content: [UInt8], from source: String,
    marked: [Value], _ call: ModuleCall
  ) -> Value {
    let files = call.search.files
    let stamp = files.stamp(path)
    let old =
      stamp?.isDirectory ?? true ? [] : (try? files.read(path)) ?? []
    let isBinary = (
      old: old.prefix(8192).contains(0), new: content.contains(0)
    )
    let isLarge = (
      old: stamp.map { $0.size > largest } ?? false,
      new: content.count > largest
    )
    let (before, after) = SecretTexts(call, marked).marking(
      isBinary.old || isLarge.old ? "" : String(decoding: old, as: UTF8.self),
      becomes: isBinary.new || isLarge.new
        ? "" : String(decoding: content, as: UTF8.self))
    var members: [(String, Value)] = []
    if isBinary.old {
      members.append(("dst_binary", 1))
    } else if isLarge.old {
      members.append(("dst_larger", Value(largest)))
    } else {
      if stamp != nil { members.append(("before_header", Value(path))) }
      members.append(("before", before))
    }
    if isLarge.new {
      members.append(("src_larger", Value(largest)))
    } else if isBinary.new {
      members.append(("src_binary", 1))
    } else {
      members.append(("after_header", Value(source)))
      members.append(("after", after))
    }
    return .dictionary(members)
  }
}
