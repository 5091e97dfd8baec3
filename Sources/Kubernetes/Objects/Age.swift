// Durations for people, as kubectl writes them
// (k8s.io/apimachinery/pkg/util/duration, HumanDuration).

extension Duration {
  /// Such as `58s`, `2m14s`, `47m`, `3h5m`, `2d4h`; negative ones are `0s`.
  public var age: String {
    let seconds = max(0, components.seconds)
    if seconds < 120 { return "\(seconds)s" }
    let minutes = seconds / 60
    if minutes < 10 {
      let rest = seconds % 60
      return rest == 0 ? "\(minutes)m" : "\(minutes)m\(rest)s"
    }
    if minutes < 180 { return "\(minutes)m" }
    let hours = seconds / 3_600
    if hours < 8 {
      let rest = minutes % 60
      return rest == 0 ? "\(hours)h" : "\(hours)h\(rest)m"
    }
    if hours < 48 { return "\(hours)h" }
    let days = hours / 24
    if days < 8 {
      let rest = hours % 24
      return rest == 0 ? "\(days)d" : "\(days)d\(rest)h"
    }
    if days < 730 { return "\(days)d" }
    if days < 2_920 {
      let rest = days % 365
      return rest == 0 ? "\(days / 365)y" : "\(days / 365)y\(rest)d"
    }
    return "\(days / 365)y"
  }
}
