// What of our memory the operating system gets back.

import CPlatform

/// The process's heap.
public enum Heap {
  /// Keeps it in few pieces; to be called before there are other threads.
  public static func keepSmall() { qd_keep_heap_small() }

  /// Gives memory that is free back.
  public static func giveBack() { qd_give_memory_back() }
}
