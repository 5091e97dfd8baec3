// The keys that every screen with one searched list takes alike.

import Terminal

/// A screen of one list that can be searched.
protocol SearchedList {
  var list: ListState { get set }
  var search: Search { get set }
}

extension ConsoleState {
  /// Types a key into the search, or moves through the list with it.
  ///
  /// - Returns: Whether the key was one for the list.
  mutating func browse(
    _ screen: WritableKeyPath<ConsoleState, some SearchedList>, key: Key,
    count: Int
  ) -> Bool {
    if self[keyPath: screen].search.isTyping {
      _ = self[keyPath: screen].search.handle(key)
      self[keyPath: screen].list.select(0)
      return true
    }
    guard let move = listKeys.command(for: key, vi: settings.viKeys) else {
      return false
    }
    let rows = listRows
    self[keyPath: screen].list.move(move, count: count, rows: rows)
    return true
  }
}
