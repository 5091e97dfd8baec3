// The runs of lines that two texts share, and what lies between them.

/// Compares two lists of lines as Python's difflib.SequenceMatcher does, so that
/// differences are cut where Ansible cuts them.
struct SequenceMatcher {
  private let old: [Substring]
  private let new: [Substring]
  /// Where each line stands in the new text.
  private var places: [Substring: [Int]] = [:]

  /// A stretch of one text that became a stretch of the other.
  struct Operation: Equatable {
    enum Kind { case equal, replace, delete, insert }
    var kind: Kind
    var old: Range<Int>
    var new: Range<Int>
  }

  init(_ old: [Substring], _ new: [Substring]) {
    self.old = old
    self.new = new
    for (index, line) in new.enumerated() {
      places[line, default: []].append(index)
    }
    // Lines that fill a long text say nothing of where they belong.
    if new.count >= 200 {
      let most = new.count / 100 + 1
      places = places.filter { $0.value.count <= most }
    }
  }

  private struct Match {
    var old: Int
    var new: Int
    var count: Int
  }

  private func longest(_ old: Range<Int>, _ new: Range<Int>) -> Match {
    var best = Match(old: old.lowerBound, new: new.lowerBound, count: 0)
    var lengths: [Int: Int] = [:]
    for index in old {
      var next: [Int: Int] = [:]
      for place in places[self.old[index]] ?? [] {
        if place < new.lowerBound { continue }
        if place >= new.upperBound { break }
        let count = (lengths[place - 1] ?? 0) + 1
        next[place] = count
        if count > best.count {
          best = Match(
            old: index - count + 1, new: place - count + 1, count: count)
        }
      }
      lengths = next
    }
    while best.old > old.lowerBound, best.new > new.lowerBound,
      self.old[best.old - 1] == self.new[best.new - 1]
    {
      best = Match(old: best.old - 1, new: best.new - 1, count: best.count + 1)
    }
    while best.old + best.count < old.upperBound,
      best.new + best.count < new.upperBound,
      self.old[best.old + best.count] == self.new[best.new + best.count]
    {
      best.count += 1
    }
    return best
  }

  private var matches: [Match] {
    var found: [Match] = []
    var waiting = [(0..<old.count, 0..<new.count)]
    while let (old, new) = waiting.popLast() {
      let match = longest(old, new)
      guard match.count > 0 else { continue }
      found.append(match)
      let (oldEnd, newEnd) = (match.old + match.count, match.new + match.count)
      if old.lowerBound < match.old, new.lowerBound < match.new {
        waiting.append((old.lowerBound..<match.old, new.lowerBound..<match.new))
      }
      if oldEnd < old.upperBound, newEnd < new.upperBound {
        waiting.append((oldEnd..<old.upperBound, newEnd..<new.upperBound))
      }
    }
    found.sort { ($0.old, $0.new) < ($1.old, $1.new) }
    return found + [Match(old: old.count, new: new.count, count: 0)]
  }

  /// How the old text becomes the new one, from its beginning to its end.
  var operations: [Operation] {
    var operations: [Operation] = []
    var (oldAt, newAt) = (0, 0)
    func add(_ kind: Operation.Kind, _ old: Range<Int>, _ new: Range<Int>) {
      // Runs that lie side by side are one.
      if let last = operations.last, last.kind == kind, kind == .equal {
        operations[operations.count - 1].old =
          last.old.lowerBound..<old.upperBound
        operations[operations.count - 1].new =
          last.new.lowerBound..<new.upperBound
      } else {
        operations.append(Operation(kind: kind, old: old, new: new))
      }
    }
    for match in matches {
      let (old, new) = (oldAt..<match.old, newAt..<match.new)
      if !old.isEmpty || !new.isEmpty {
        add(
          old.isEmpty ? .insert : new.isEmpty ? .delete : .replace, old, new)
      }
      (oldAt, newAt) = (match.old + match.count, match.new + match.count)
      if match.count > 0 {
        add(.equal, match.old..<oldAt, match.new..<newAt)
      }
    }
    return operations
  }

  /// The operations in groups that lie apart, each with so many lines around.
  func groups(context: Int) -> [[Operation]] {
    var operations = operations
    if operations.isEmpty {
      operations = [Operation(kind: .equal, old: 0..<1, new: 0..<1)]
    }
    func keepLast(_ one: Operation) -> Operation {
      var one = one
      one.old =
        max(
          one.old.lowerBound, one.old.upperBound - context)..<one.old
        .upperBound
      one.new =
        max(
          one.new.lowerBound, one.new.upperBound - context)..<one.new
        .upperBound
      return one
    }
    func keepFirst(_ one: Operation) -> Operation {
      var one = one
      one.old =
        one.old
        .lowerBound..<min(
          one.old.upperBound, one.old.lowerBound + context)
      one.new =
        one.new
        .lowerBound..<min(
          one.new.upperBound, one.new.lowerBound + context)
      return one
    }
    if let first = operations.first, first.kind == .equal {
      operations[0] = keepLast(first)
    }
    if let last = operations.last, last.kind == .equal {
      operations[operations.count - 1] = keepFirst(last)
    }
    var groups: [[Operation]] = []
    var group: [Operation] = []
    for operation in operations {
      if operation.kind == .equal, operation.old.count > 2 * context {
        groups.append(group + [keepFirst(operation)])
        group = [keepLast(operation)]
      } else {
        group.append(operation)
      }
    }
    if !group.isEmpty, !(group.count == 1 && group[0].kind == .equal) {
      groups.append(group)
    }
    return groups
  }
}
