// What can go wrong with a file, as a sentence that names the file.

/// A file could not be read or written.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Problem: Sendable, Hashable {
    /// Nothing at that path.
    case notFound
    /// The rights of the file or of a folder above it forbid it.
    case denied
    /// Something else is at that path, or there is already something.
    case wrongKind(String)
    /// It holds more than the limit, in bytes.
    case tooLarge(Int)
    /// It is not what it was when it was read.
    case changed
    /// Somebody else held its lock for too long; who, where it is known.
    case locked(by: String?)
    /// The system's reason.
    case system(String)
  }

  /// What was tried, such as `read`.
  public var action: String
  public var path: String
  public var problem: Problem

  public init(_ action: String, _ path: String, _ problem: Problem) {
    self.action = action
    self.path = path
    self.problem = problem
  }

  public var isNotFound: Bool { problem == .notFound }

  public var description: String {
    "cannot \(action) \(path): \(reason)"
  }

  private var reason: String {
    switch problem {
    case .notFound: "no such file or folder"
    case .denied: "permission denied"
    case .wrongKind(let what): what
    case .tooLarge(let limit): "larger than \(limit) bytes"
    case .changed: "it was changed by somebody else since it was read"
    case .locked(let holder?): "locked by \(holder)"
    case .locked(nil): "locked by somebody else"
    case .system(let reason): reason
    }
  }
}
