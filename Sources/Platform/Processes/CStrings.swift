// Strings in the form that C functions take arrays of them.

import Glibc

/// A copy of strings as C strings, followed by a null pointer; freed with it.
final class CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [String]) {
    pointers = strings.map { strdup($0) } + [nil]
  }

  deinit {
    for pointer in pointers { free(pointer) }
  }
}
