// Remembers for a list or a dictionary that no longer changes whether a mark
// is found inside, so that it is looked through once and not at every render.

import Synchronization

struct MarkMemo: ~Copyable, Sendable {
  private let known = Atomic<UInt8>(0)

  /// The answer, found by the closure the first time.
  func answer(_ find: () -> Bool) -> Bool {
    switch known.load(ordering: .relaxed) {
    case 1: return false
    case 2: return true
    default:
      let found = find()
      known.store(found ? 2 : 1, ordering: .relaxed)
      return found
    }
  }
}
