// A unified diff of two texts, line by line.

/// Makes unified diffs, as `diff -u` prints them.
///
/// The algorithm is Myers' greedy one ("An O(ND) Difference Algorithm and Its
/// Variations", 1986).
public enum UnifiedDiff {
  /// The hunks that turn `old` into `new`; empty when they are equal.
  ///
  /// `context` is how many equal lines surround a change.
  public static func lines(
    from old: [String], to new: [String], context: Int = 3
  ) -> [DiffLine] {
    hunks(of: edits(from: old, to: new), context: context)
  }

  private struct Edit {
    var kind: DiffLine.Kind
    var text: String
    /// The lines of the old and the new text that stand before this edit.
    var oldBefore: Int
    var newBefore: Int
  }

  private static func edits(from old: [String], to new: [String]) -> [Edit] {
    var head = 0
    while head < old.count, head < new.count, old[head] == new[head] {
      head += 1
    }
    var tail = 0
    while tail < old.count - head, tail < new.count - head,
      old[old.count - 1 - tail] == new[new.count - 1 - tail]
    {
      tail += 1
    }
    var kinds = [DiffLine.Kind](repeating: .context, count: head)
    kinds += script(
      from: old[head..<(old.count - tail)], to: new[head..<(new.count - tail)])
    kinds += [DiffLine.Kind](repeating: .context, count: tail)

    var edits: [Edit] = []
    edits.reserveCapacity(kinds.count)
    var oldIndex = 0
    var newIndex = 0
    for kind in kinds {
      let text = kind == .added ? new[newIndex] : old[oldIndex]
      edits.append(
        Edit(kind: kind, text: text, oldBefore: oldIndex, newBefore: newIndex))
      if kind != .added { oldIndex += 1 }
      if kind != .removed { newIndex += 1 }
    }
    return edits
  }

  /// The shortest script of keeps, removals and additions.
  private static func script(
    from old: ArraySlice<String>, to new: ArraySlice<String>
  ) -> [DiffLine.Kind] {
    let limit = old.count + new.count
    guard limit > 0 else { return [] }
    var reach = [Int](repeating: 0, count: 2 * limit + 2)
    var trace: [[Int]] = []
    for depth in 0...limit {
      trace.append(reach)
      for diagonal in stride(from: -depth, through: depth, by: 2) {
        let at = diagonal + limit
        let goesDown =
          diagonal == -depth
          || (diagonal != depth && reach[at - 1] < reach[at + 1])
        var x = goesDown ? reach[at + 1] : reach[at - 1] + 1
        while x < old.count, x - diagonal < new.count,
          old[old.startIndex + x] == new[new.startIndex + x - diagonal]
        {
          x += 1
        }
        reach[at] = x
        if x >= old.count, x - diagonal >= new.count {
          return backtrack(trace, limit, old.count, new.count)
        }
      }
    }
    return []
  }

  private static func backtrack(
    _ trace: [[Int]], _ limit: Int, _ oldCount: Int, _ newCount: Int
  ) -> [DiffLine.Kind] {
    var kinds: [DiffLine.Kind] = []
    var x = oldCount
    var y = newCount
    for depth in stride(from: trace.count - 1, through: 0, by: -1) {
      let reach = trace[depth]
      let diagonal = x - y
      let at = diagonal + limit
      let cameDown =
        diagonal == -depth
        || (diagonal != depth && reach[at - 1] < reach[at + 1])
      let previous = cameDown ? diagonal + 1 : diagonal - 1
      let previousX = depth == 0 ? 0 : reach[previous + limit]
      let previousY = depth == 0 ? 0 : previousX - previous
      while x > previousX, y > previousY {
        kinds.append(.context)
        x -= 1
        y -= 1
      }
      if depth > 0 {
        kinds.append(cameDown ? .added : .removed)
        x = previousX
        y = previousY
      }
    }
    return kinds.reversed()
  }

  private static func hunks(of edits: [Edit], context: Int) -> [DiffLine] {
    var lines: [DiffLine] = []
    var index = 0
    while let change = edits[index...].firstIndex(where: {
      $0.kind != .context
    }) {
      let start = max(index, change - context)
      var end = change
      var next = change
      while next < edits.count, next - end <= 2 * context + 1 {
        if edits[next].kind != .context { end = next }
        next += 1
      }
      let stop = min(edits.count, end + context + 1)
      let hunk = edits[start..<stop]
      lines.append(header(of: hunk))
      lines += hunk.map { DiffLine($0.kind, $0.text) }
      index = stop
    }
    return lines
  }

  private static func header(of hunk: ArraySlice<Edit>) -> DiffLine {
    func range(_ start: Int, _ count: Int) -> String {
      // diff counts from 1, and names the line before where nothing stands.
      let first = count == 0 ? start : start + 1
      return count == 1 ? "\(first)" : "\(first),\(count)"
    }
    let oldCount = hunk.count { $0.kind != .added }
    let newCount = hunk.count { $0.kind != .removed }
    let old = range(hunk.first?.oldBefore ?? 0, oldCount)
    let new = range(hunk.first?.newBefore ?? 0, newCount)
    return DiffLine(.hunk, "@@ -\(old) +\(new) @@")
  }
}
