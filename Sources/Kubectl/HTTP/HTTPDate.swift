// The time that an answer carries: RFC 9110, section 5.6.7.

import Kubernetes

extension Instant {
  /// Reads an HTTP date such as `Sun, 22 Nov 2026 21:28:33 GMT`.
  ///
  /// The two older forms, which no server sends any more, give nil.
  init?(httpDate text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", parts[1].count == 2,
      let month = Self.months.firstIndex(of: String(parts[2]))
    else { return nil }
    let number = month + 1
    self.init(
      "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
    "Dec",
  ]
}
