// What a render hands over: closed to change, and of a shape that others can
// go through.

/// Closes the lists and dictionaries that a render made to further change.
///
/// What a render hands over is gone through by others: it may not hold itself,
/// nor be nested deeper or, written out, be larger than they can bear.
struct Freezing {
  private static let limit = 200
  private let mostMembers: Int
  private let isStrict: Bool
  /// How many members each container holds at all depths; nil while it is
  /// being gone through.
  private var sizes: [UnsafeRawPointer: Int?] = [:]

  init(_ options: Options) {
    mostMembers = options.limits.listSize
    isStrict = options.native == .ansible
  }

  /// Closes a value.
  ///
  /// - Throws: ``TemplateError`` of kind `RecursionError` where it is nested
  ///   too deep or, under Ansible, holds itself, and of the limit's.
  mutating func close(_ value: Value) throws {
    if value.isContainer { _ = try close(value, 0) }
  }

  private mutating func close(_ value: Value, _ depth: Int) throws -> Int {
    let place: UnsafeRawPointer?
    let members: [Value]
    switch value.payload {
    case .list(let list):
      if list.isFrozen, !isKnown(list) { return 1 }
      place = Self.place(of: list)
      list.isFrozen = true
      members = list.items
    case .dictionary(let dictionary):
      if dictionary.isFrozen, !isKnown(dictionary) { return 1 }
      place = Self.place(of: dictionary)
      dictionary.isFrozen = true
      members = dictionary.values
    case .tuple(let items):
      place = items.withUnsafeBytes { $0.baseAddress }
      members = items
    default: return 1
    }
    guard let place else { return 1 }
    if let known = sizes[place] {
      if let known { return known }
      if isStrict { throw Self.tooDeep }
      return 1
    }
    if depth > Self.limit { throw Self.tooDeep }
    sizes[place] = .some(nil)
    var size = 1
    for member in members where member.isContainer {
      size += try close(member, depth + 1)
      if isStrict, size > mostMembers {
        throw Limits.reached("a value of more than \(mostMembers) members")
      }
      size = min(size, mostMembers)
    }
    size += members.count
    sizes[place] = size
    return size
  }

  private func isKnown(_ object: AnyObject) -> Bool {
    sizes[Self.place(of: object)] != nil
  }

  private static func place(of object: AnyObject) -> UnsafeRawPointer {
    UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
  }

  private static var tooDeep: TemplateError {
    TemplateError(
      .recursion, "maximum recursion depth exceeded in what a template gives")
  }
}
