// A thread of its own for a call that blocks for long.

import Glibc

/// Runs `body` on a new thread that nobody waits for; false when the system
/// has no thread left.
@discardableResult
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  let work = Unmanaged.passRetained(Work(body: body))
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  var thread = pthread_t()
  let error = pthread_create(
    &thread, &attributes,
    { raw in
      if let raw {
        Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().body()
      }
      return nil
    }, work.toOpaque())
  if error != 0 { work.release() }
  return error == 0
}

private final class Work: Sendable {
  let body: @Sendable () -> Void

  init(body: @escaping @Sendable () -> Void) { self.body = body }
}
