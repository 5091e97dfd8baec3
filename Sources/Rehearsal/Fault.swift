// Faults that a rehearsal plays: what goes wrong, and with which workload.

import Kubernetes

/// One thing that goes wrong in a rehearsal, as `--fault` names it.
public struct Fault: Hashable, Sendable, CustomStringConvertible {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The image does not exist; another image does.
    case image
    /// The containers exit soon after they start; those of a later template
    /// do not.
    case crash
    /// The pods take long to be ready.
    case slow
    /// No node takes the pods.
    case unschedulable
    /// The API server does not answer for some seconds.
    case apiDown = "api-down"
  }

  public var kind: Kind
  /// The component or workload; empty for `apiDown`.
  public var target: String
  /// How long the API server is away; 0 for the other kinds.
  public var seconds: Int
  /// The image or template that the fault has settled on, once it has struck.
  var victim: String?

  public init(_ kind: Kind, target: String) {
    self.kind = kind
    self.target = target
    seconds = 0
  }

  /// Reads `image:X`, `crash:X`, `slow:X`, `unschedulable:X` or
  /// `api-down:SECONDS`.
  /// - Throws: `FaultError`.
  public init(parsing text: String) throws {
    guard let colon = text.firstIndex(of: ":") else {
      throw FaultError("\(text): a fault is KIND:TARGET, \(Self.usage)")
    }
    let word = text[..<colon]
    let rest = String(text[text.index(after: colon)...])
    guard let kind = Kind(rawValue: String(word)) else {
      throw FaultError("\(word) is no kind of fault; \(Self.usage)")
    }
    guard !rest.isEmpty else {
      throw FaultError("\(text) is a fault of nothing, \(Self.usage)")
    }
    if kind == .apiDown {
      guard let seconds = Int(rest), (1...86_400).contains(seconds) else {
        throw FaultError("\(text): api-down wants 1 to 86400 seconds")
      }
      self.init(kind, target: "")
      self.seconds = seconds
    } else {
      guard
        rest.utf8.allSatisfy({
          Validation.isAlphanumeric($0) || [0x2D, 0x2E, 0x5F].contains($0)
        })
      else {
        throw FaultError(
          "\(text): \(rest.printable) cannot be a component or workload")
      }
      self.init(kind, target: rest)
    }
  }

  private static let usage =
    "as in image:keystone, crash:keystone, slow:keystone, "
    + "unschedulable:keystone or api-down:30"

  public var description: String {
    kind == .apiDown
      ? "\(kind.rawValue):\(seconds)" : "\(kind.rawValue):\(target)"
  }

  /// Whether a name is the target; `_` and `-` are the same.
  func isMeant(by name: String) -> Bool {
    target.utf8.elementsEqual(name.utf8) { left, right in
      left == right || [left, right].allSatisfy { $0 == 0x2D || $0 == 0x5F }
    }
  }
}

/// What is wrong with the text of a fault.
public struct FaultError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = description.printable }
}

extension Fault {
  init?(_ json: JSON) {
    guard let text = json["fault"]?.string,
      var fault = try? Fault(parsing: text)
    else { return nil }
    fault.victim = json["victim"]?.string
    self = fault
  }

  var json: JSON {
    var json: JSON = ["fault": .string(description)]
    json["victim"] = victim.map(JSON.string)
    return json
  }
}
