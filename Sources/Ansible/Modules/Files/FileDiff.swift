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

  /// A text before and after.
  static func text(
    _ old: String, _ new: String, header: String
  ) -> Value {
    .dictionary([
      ("before", Value(old)), ("after", Value(new)),
      ("before_header", Value(header)), ("after_header", Value(header)),
    ])
  }

  /// The largest file whose content is told.
  private static let largest = 104_448

  /// A whole file that is put in the place of another.
  ///
  /// By the rules of ansible-core's plugins/action, _get_diff_data.
  static func content(
    of path: String, becomes content: [UInt8], from source: String,
    _ call: ModuleCall
  ) -> Value {
    let files = call.search.files
    var members: [(String, Value)] = []
    if let stamp = files.stamp(path) {
      let old = stamp.isDirectory ? [] : (try? files.read(path)) ?? []
      if old.prefix(8192).contains(0) {
        members.append(("dst_binary", 1))
      } else if stamp.size > largest {
        members.append(("dst_larger", Value(largest)))
      } else {
        members.append(("before_header", Value(path)))
        members.append(("before", Value(String(decoding: old, as: UTF8.self))))
      }
    } else {
      members.append(("before", ""))
    }
    if content.count > largest {
      members.append(("src_larger", Value(largest)))
    } else if content.contains(0) {
      members.append(("src_binary", 1))
    } else {
      members.append(("after_header", Value(source)))
      members.append(
        ("after", Value(String(decoding: content, as: UTF8.self))))
    }
    return .dictionary(members)
  }
}
