// How much of the thread's stack is left: a template that calls itself must
// end in an error on a thread of the concurrency pool too, whose stack is small.

#if canImport(Glibc)
import Glibc

/// glibc's own; its header hides it from Swift (pthread_getattr_np(3)).
@_silgen_name("pthread_getattr_np")
private func currentAttributes(
  _ thread: pthread_t, _ attributes: UnsafeMutablePointer<pthread_attr_t>
) -> Int32
#endif

/// The stack of the thread that a render runs on.
struct StackRoom {
  /// What one call may use before the next check.
  private static let reserve: UInt = 192 << 10

  private let lowest: UInt

  /// The stack of the calling thread; a render stays on the thread it began on.
  init() {
    #if canImport(Glibc)
    var attributes = pthread_attr_t()
    var base: UnsafeMutableRawPointer?
    var size = 0
    if currentAttributes(pthread_self(), &attributes) == 0 {
      pthread_attr_getstack(&attributes, &base, &size)
      pthread_attr_destroy(&attributes)
    }
    lowest = UInt(bitPattern: base)
    #else
    lowest = 0
    #endif
  }

  /// Whether one more call fits.
  @inline(never)
  var isEnough: Bool {
    var mark: UInt8 = 0
    let here = withUnsafeMutablePointer(to: &mark) { UInt(bitPattern: $0) }
    return here > lowest &+ Self.reserve
  }
}
