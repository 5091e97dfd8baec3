// One cell of a frame: plain values, so that frames compare fast.

/// A character with its style.
///
/// A wide character stands in its first cell; the second is a continuation.
public struct Cell: Hashable, Sendable {
  public var scalar: Unicode.Scalar
  /// A combining scalar on top of the first, if any.
  public var mark: Unicode.Scalar?
  public var style: Style

  public init(_ scalar: Unicode.Scalar, style: Style = .text) {
    self.scalar = scalar
    self.style = style
  }

  public static let blank = Cell(" ")

  /// The second half of a wide character.
  static let continuationScalar: Unicode.Scalar = "\0"

  public var isContinuation: Bool { scalar == Self.continuationScalar }
}
