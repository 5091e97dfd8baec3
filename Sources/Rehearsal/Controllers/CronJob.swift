// The CronJob controller: a Job at every minute that the schedule names.

import Kubernetes

extension World {
  mutating func reconcileCronJob(_ reference: ObjectReference) {
    guard let cron = objects[reference], !cron.isTerminating,
      let schedule = CronSchedule(cron.spec["schedule"]?.string ?? "")
    else { return }
    let jobs = controlled(by: cron.uid, .job)
    let active = jobs.filter { !$0.isFinishedJob }
    trim(cron, jobs)
    let minute = now.microseconds / 60_000_000
    let last = (cron.status["lastScheduleTime"]?.string).flatMap(Instant.init)
    let isDue =
      schedule.matches(minute: minute)
      && (last.map { $0.microseconds / 60_000_000 < minute }
        ?? (cron.creationTimestamp.map {
          $0.microseconds / 60_000_000 < minute
        } ?? true))
    if isDue, cron.spec["suspend"] != true,
      active.isEmpty || cron.spec["concurrencyPolicy"] != "Forbid"
    {
      if cron.spec["concurrencyPolicy"] == "Replace" {
        for job in active {
          _ = try? deleteQuietly(job.reference, .background)
        }
      }
      make(cron, minute)
    }
    let running = controlled(by: cron.uid, .job).filter { !$0.isFinishedJob }
    change(reference) {
      $0.status["active"] =
        running.isEmpty
        ? nil
        : .array(
          running.map {
            [
              "apiVersion": "batch/v1", "kind": "Job",
              "name": .string($0.name),
              "namespace": .string($0.namespace ?? ""),
              "uid": .string($0.uid ?? ""),
            ]
          })
    }
    guard let next = schedule.next(after: minute) else { return }
    let time = Instant(microseconds: next * 60_000_000)
    let isPlanned = agenda.heap.contains {
      $0.work.actor == .cronJob && $0.work.object == reference
        && $0.time == time
    }
    if !isPlanned {
      agenda.add(Work(actor: .cronJob, object: reference), at: time)
    }
  }

  private mutating func make(_ cron: KubernetesObject, _ minute: Int64) {
    var job = KubernetesObject([
      "apiVersion": "batch/v1", "kind": "Job",
      "metadata": cron.spec["jobTemplate"]?["metadata"] ?? [:],
      "spec": cron.spec["jobTemplate"]?["spec"] ?? [:],
    ])
    job.name = "\(cron.name)-\(minute)"
    job.namespace = cron.namespace
    job.ownerReferences = [cron.asOwner]
    _ = try? create(job, WriteOptions(fieldManager: "cronjob-controller"))
    change(cron.reference) { [now] in
      $0.status["lastScheduleTime"] = .string(now.timestamp)
    }
  }

  private mutating func trim(
    _ cron: KubernetesObject, _ jobs: [KubernetesObject]
  ) {
    for (type, key, standard) in [
      ("Complete", "successfulJobsHistoryLimit", 3),
      ("Failed", "failedJobsHistoryLimit", 1),
    ] {
      let ended = jobs.filter { $0.condition(type)?.isTrue == true }
        .sorted {
          ($0.creationTimestamp ?? now) < ($1.creationTimestamp ?? now)
        }
      let limit = cron.spec[key]?.integer ?? standard
      for job in ended.prefix(max(0, ended.count - limit)) {
        _ = try? deleteQuietly(job.reference, .background)
      }
    }
  }
}

/// A cron schedule of five fields, in UTC.
struct CronSchedule: Hashable, Sendable {
  private var minutes: Set<Int>
  private var hours: Set<Int>
  private var days: Set<Int>
  private var months: Set<Int>
  private var weekdays: Set<Int>
  private var hasDays: Bool
  private var hasWeekdays: Bool

  /// Reads `*/5 1-3 * * 0,6` or `@hourly` and its like; nil when it is wrong.
  init?(_ text: String) {
    let names = [
      "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
      "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@daily": "0 0 * * *",
      "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    let fields = (names[text] ?? text).split(separator: " ")
    guard fields.count == 5, let minutes = Self.field(fields[0], 0...59),
      let hours = Self.field(fields[1], 0...23),
      let days = Self.field(fields[2], 1...31),
      let months = Self.field(fields[3], 1...12),
      let weekdays = Self.field(fields[4], 0...7)
    else { return nil }
    self.minutes = minutes
    self.hours = hours
    self.days = days
    self.months = months
    self.weekdays = Set(weekdays.map { $0 % 7 })
    hasDays = fields[2].first != "*"
    hasWeekdays = fields[4].first != "*"
  }

  private static func field(_ text: Substring, _ range: ClosedRange<Int>)
    -> Set<Int>?
  {
    var values = Set<Int>()
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pieces = part.split(
        separator: "/", omittingEmptySubsequences: false)
      guard let head = pieces.first, pieces.count <= 2 else { return nil }
      let step = pieces.count == 2 ? Int(pieces[1]) : 1
      guard let step, step > 0 else { return nil }
      let ends = head.split(separator: "-", omittingEmptySubsequences: false)
      let bounds: ClosedRange<Int>
      if head == "*" {
        bounds = range
      } else if ends.count == 2, let low = Int(ends[0]),
        let high = Int(ends[1]),
        low <= high
      {
        bounds = low...high
      } else if let only = Int(head) {
        bounds = only...(pieces.count == 2 ? range.upperBound : only)
      } else {
        return nil
      }
      guard range.contains(bounds.lowerBound), range.contains(bounds.upperBound)
      else { return nil }
      values.formUnion(
        stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
    }
    return values
  }

  /// Whether the schedule names a minute, counted since 1970.
  func matches(minute: Int64) -> Bool {
    let text = Array(Instant(seconds: minute * 60).timestamp.utf8)
    func number(_ start: Int) -> Int {
      Int(text[start] - 0x30) * 10 + Int(text[start + 1] - 0x30)
    }
    // 1970-01-01 was a Thursday.
    let weekday = Int((minute / 1_440 + 4) % 7)
    let isDay = days.contains(number(8))
    let isWeekday = weekdays.contains(weekday)
    // Where both are given, either will do (crontab(5)).
    let dayMatches =
      hasDays && hasWeekdays ? isDay || isWeekday : isDay && isWeekday
    return minutes.contains(number(14)) && hours.contains(number(11))
      && months.contains(number(5)) && dayMatches
  }

  /// The next minute that the schedule names, within two years.
  func next(after minute: Int64) -> Int64? {
    var next = minute + 1
    let end = minute + 2 * 366 * 1_440
    while next < end {
      if matches(minute: next) { return next }
      next += 1
    }
    return nil
  }
}
