// What is to be done and when: a queue of work at once, and one of work at a
// time to come. Both give the same order again for the same history.

import Kubernetes

/// Who has something to do with an object.
enum Doer: String, Hashable, Sendable {
  case deployment
  case replicaSet
  case statefulSet
  case daemonSet
  case job
  case cronJob
  case service
  case budget
  case claim
  case claimProtection
  case scheduler
  case kubelet
  case namespace
  case garbage
  case definition
  case event
}

/// Something to do.
struct Work: Hashable, Sendable {
  var actor: Doer
  var object: ObjectReference
}

/// Work in the order in which it is due.
struct Agenda: Sendable {
  struct Entry: Hashable, Sendable {
    var time: Instant
    var number: Int
    var work: Work
  }

  /// A binary heap, the earliest at the top.
  private(set) var heap: [Entry] = []
  private(set) var nextNumber = 0
  private var atOnce: [Work] = []
  private var atOnceStart = 0
  private var isQueued: Set<Work> = []

  init() {}

  /// When the next work is due; nil when there is none to come.
  var nextTime: Instant? { heap.first?.time }

  var hasWorkAtOnce: Bool { atOnceStart < atOnce.count }

  mutating func add(_ work: Work) {
    guard isQueued.insert(work).inserted else { return }
    atOnce.append(work)
  }

  mutating func add(_ work: Work, at time: Instant) {
    heap.append(Entry(time: time, number: nextNumber, work: work))
    nextNumber += 1
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard isEarlier(heap[child], heap[parent]) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func takeAtOnce() -> Work? {
    guard hasWorkAtOnce else { return nil }
    let work = atOnce[atOnceStart]
    atOnceStart += 1
    isQueued.remove(work)
    if atOnceStart == atOnce.count {
      atOnce.removeAll(keepingCapacity: true)
      atOnceStart = 0
    }
    return work
  }

  /// The next work that is due by a time.
  mutating func take(by time: Instant) -> Entry? {
    guard let first = heap.first, first.time <= time else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2]
        where child < heap.count && isEarlier(heap[child], heap[least]) {
          least = child
        }
        if least == parent { break }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    return first
  }

  private func isEarlier(_ left: Entry, _ right: Entry) -> Bool {
    (left.time, left.number) < (right.time, right.number)
  }
}

extension Agenda {
  /// Reads what `json` wrote.
  init?(_ json: JSON) {
    guard let entries = json["entries"]?.array,
      let next = json["next"]?.integer
    else { return nil }
    for entry in entries {
      guard let time = entry["time"]?.integer,
        let number = entry["number"]?.integer,
        let actor = (entry["actor"]?.string).flatMap(Doer.init),
        let object = entry["object"].flatMap(ObjectReference.init)
      else { return nil }
      // The entries were written in the heap's own order.
      heap.append(
        Entry(
          time: Instant(microseconds: Int64(time)), number: number,
          work: Work(actor: actor, object: object)))
    }
    nextNumber = next
  }

  /// The work to come; there is none at once between two requests.
  var json: JSON {
    [
      "next": .integer(nextNumber),
      "entries": .array(
        heap.map {
          [
            "time": .integer(Int($0.time.microseconds)),
            "number": .integer($0.number),
            "actor": .string($0.work.actor.rawValue),
            "object": $0.work.object.json,
          ]
        }),
    ]
  }
}

extension ObjectReference {
  init?(_ json: JSON) {
    guard let version = json["v"]?.string, let kind = json["k"]?.string,
      let name = json["n"]?.string
    else { return nil }
    self.init(
      apiVersion: version, kind: kind, namespace: json["ns"]?.string,
      name: name)
  }

  var json: JSON {
    var json: JSON = [
      "v": .string(apiVersion), "k": .string(kind), "n": .string(name),
    ]
    json["ns"] = namespace.map(JSON.string)
    return json
  }
}
