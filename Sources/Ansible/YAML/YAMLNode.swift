// The tree of one YAML document as it stands in its text: nothing is resolved
// yet to a number or a boolean, and every node knows where it begins and ends.

/// A place in a text.
public struct YAMLMark: Sendable, Hashable, Comparable {
  /// Line and column, counted in characters from 1.
  public var line: Int
  public var column: Int
  /// Offset in the UTF-8 text, in bytes from 0.
  public var byte: Int

  /// Makes a mark from counted line and column (from 1) and byte (from 0).
  public init(line: Int, column: Int, byte: Int) {
    self.line = line
    self.column = column
    self.byte = byte
  }

  public static func < (left: YAMLMark, right: YAMLMark) -> Bool {
    left.byte < right.byte
  }
}

/// How a scalar is written.
public enum YAMLScalarStyle: Sendable, Hashable {
  case plain
  case singleQuoted
  case doubleQuoted
  case literal
  case folded
}

/// One `key: value` of a mapping.
public struct YAMLEntry: Sendable {
  public var key: YAMLNode
  public var value: YAMLNode
}

/// A node of a YAML document.
///
/// Nodes are immutable and shared: an alias holds the very node that its anchor
/// names, so a document of a few bytes cannot grow in memory.
public final class YAMLNode: Sendable {
  /// What a node holds.
  public enum Content: Sendable {
    case scalar(String, YAMLScalarStyle)
    case sequence([YAMLNode], isFlow: Bool)
    case mapping([YAMLEntry], isFlow: Bool)
    case alias(String, YAMLNode)
  }

  public let content: Content
  /// The tag as written and expanded, nil where the text gives none.
  ///
  /// `!!str` is `tag:yaml.org,2002:str`, `!vault` itself; a quoted scalar
  /// without a tag has nil.
  public let tag: String?
  public let anchor: String?
  /// The first character, its tag and anchor included.
  public let start: YAMLMark
  /// The place after the last character.
  ///
  /// A block collection's is where the next token begins.
  public let end: YAMLMark
  /// Nodes below this one, itself included, with aliases followed.
  let expandedCount: Int

  init(
    content: Content, tag: String?, anchor: String?, start: YAMLMark,
    end: YAMLMark, expandedCount: Int
  ) {
    self.content = content
    self.tag = tag
    self.anchor = anchor
    self.start = start
    self.end = end
    self.expandedCount = expandedCount
  }

  /// The node that an alias names; any other node is its own.
  public var resolved: YAMLNode {
    if case .alias(_, let target) = content { return target }
    return self
  }

  /// The text of a scalar as written, nil for a collection.
  public var scalar: String? {
    if case .scalar(let text, _) = resolved.content { return text }
    return nil
  }

  /// How a scalar is written, nil for a collection.
  public var style: YAMLScalarStyle? {
    if case .scalar(_, let style) = resolved.content { return style }
    return nil
  }

  /// The items of a sequence, nil for anything else.
  public var sequence: [YAMLNode]? {
    if case .sequence(let items, _) = resolved.content { return items }
    return nil
  }

  /// The entries of a mapping in the order of the text, nil for anything else.
  ///
  /// Merge keys (`<<`) are entries like others here.
  public var mapping: [YAMLEntry]? {
    if case .mapping(let entries, _) = resolved.content { return entries }
    return nil
  }

  /// The value of the last entry whose key is the scalar `key`, merge keys not
  /// followed.
  public subscript(key: String) -> YAMLNode? {
    mapping?.last { $0.key.scalar == key }?.value
  }
}

/// One document of a text, with what is needed to say where something stands.
public struct YAMLDocument: Sendable {
  /// Name of the file as messages show it.
  public var file: String
  /// Nil for a text without any content.
  public var root: YAMLNode?
  /// The whole text, for the lines that messages show.
  public var text: [UInt8] = []
}
