// Takes a list apart while it comes in, so that neither the whole text nor
// more than one object's text is ever kept.

import Kubernetes

/// Finds the elements of the member `items` of the outermost object.
///
/// It only follows brackets and strings; what is inside an element is for the
/// JSON parser to judge. What is not an element is kept as the frame.
struct ListSplitter {
  private enum Place {
    /// Before the array of items, or after it.
    case frame
    /// Between the items.
    case array
    /// Inside an item.
    case item
  }

  private static let key = Array("\"items\"".utf8)

  private var place = Place.frame
  /// Open brackets around the place where we are.
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  /// The last string or sign seen in the frame: tells the key `items` apart.
  private var lastString: [UInt8] = []
  private var isAfterKey = false
  /// The text of an item whose beginning came in an earlier piece.
  private var pending: [UInt8] = []
  /// The list without its items, closed by `finish`.
  private var frame: [UInt8] = []

  /// Reads a piece and hands over each item that ends in it.
  mutating func read(
    _ bytes: UnsafeRawBufferPointer,
    each: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) rethrows {
    let bytes = bytes.assumingMemoryBound(to: UInt8.self)
    var itemStart = 0
    var index = 0
    let count = bytes.count
    while index < count {
      let byte = bytes[index]
      if isInString {
        if place == .frame {
          frame.append(byte)
          lastString.append(byte)
        }
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        } else if place != .frame {
          // The common case: on to the next sign that matters.
          index += 1
          while index < count, bytes[index] != UInt8(ascii: "\""),
            bytes[index] != UInt8(ascii: "\\")
          { index += 1 }
          continue
        }
        index += 1
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        isInString = true
        if place == .frame { lastString = [byte] }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        switch place {
        case .frame:
          if depth == 1, isAfterKey, byte == UInt8(ascii: "[") {
            place = .array
            frame.append(byte)
          }
        case .array:
          place = .item
          itemStart = index
        case .item: break
        }
        depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if place == .item, depth == 2 {
          try end(bytes, from: itemStart, through: index, each: each)
          place = .array
        } else if place == .array, depth == 1 {
          place = .frame
        }
      default: break
      }
      if place == .frame {
        frame.append(byte)
        note(byte)
      }
      index += 1
    }
    if place == .item {
      pending.append(contentsOf: bytes[itemStart..<count])
    }
  }

  private mutating func end(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, through last: Int,
    each: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) rethrows {
    let part = UnsafeBufferPointer(rebasing: bytes[start...last])
    if pending.isEmpty { return try each(part) }
    pending.append(contentsOf: part)
    defer { pending.removeAll(keepingCapacity: true) }
    try pending.withUnsafeBufferPointer { try each($0) }
  }

  /// Notes whether a colon after `"items"` was just read.
  private mutating func note(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: ":"): isAfterKey = depth == 1 && lastString == Self.key
    case 0x20, 0x09, 0x0a, 0x0d: break
    default: isAfterKey = false
    }
  }

  /// The list without its items.
  ///
  /// - Throws: `JSONError` when the text is no JSON or ended early.
  func finish() throws -> JSON { try JSON(parsing: frame) }
}
