// "Did you mean …": the nearest of the names that exist.

/// Finds what a misspelt name was meant to be.
public enum Spelling {
  /// `did you mean NAME?` for the nearest candidate; nil when none is near.
  public static func suggestion(
    for name: String, among candidates: some Sequence<String>
  ) -> String? {
    nearest(to: name, among: candidates).map { "did you mean \($0)?" }
  }

  /// The candidate with the fewest edits away, at most a third of the length.
  public static func nearest(
    to name: String, among candidates: some Sequence<String>
  ) -> String? {
    let limit = max(1, name.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(name, candidate)
      if distance <= limit, distance < best?.distance ?? .max {
        best = (candidate, distance)
      }
    }
    return best?.name
  }

  /// Edits that turn one word into the other: insert, drop, change, swap two.
  ///
  /// Source: optimal string alignment, en.wikipedia.org/wiki/
  /// Damerau–Levenshtein_distance.
  static func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    guard !left.isEmpty, !right.isEmpty else {
      return max(left.count, right.count)
    }
    var before = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    for i in 1...left.count {
      var row = [i] + [Int](repeating: 0, count: right.count)
      for j in 1...right.count {
        let change = left[i - 1] == right[j - 1] ? 0 : 1
        row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + change)
        if i > 1, j > 1, left[i - 1] == right[j - 2],
          left[i - 2] == right[j - 1]
        {
          row[j] = min(row[j], before[j - 2] + 1)
        }
      }
      before = last
      last = row
    }
    return last[right.count]
  }
}
