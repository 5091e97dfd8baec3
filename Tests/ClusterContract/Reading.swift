// Reading: get, list, pages, selectors, watch, discovery, clock.

import Kubernetes
import Testing

extension ContractCase {
  static let reading: [ContractCase] = [
    ContractCase("get answers what was created, with its identity") { room in
      let made = try await room.cluster.create(
        room.configMap("a", ["key": "välue\n\u{1F600}\"\\\t"]))
      #expect(made.uid?.isEmpty == false)
      #expect(made.resourceVersion?.isEmpty == false)
      #expect(made.creationTimestamp != nil)
      let read = try await room.cluster.get(made.reference)
      #expect(read == made)
      #expect(read.json["data"] == ["key": "välue\n\u{1F600}\"\\\t"])
    },
    ContractCase("list answers what its selectors take, by name") { room in
      for (name, labels) in [
        ("a", ["tier": "x"]), ("b", ["tier": "y", "old": ""]),
        ("c", ["tier": "x", "old": ""]),
      ] {
        var map = room.configMap(name)
        map.labels = labels
        _ = try await room.cluster.create(map)
      }
      func names(_ labels: String?, _ fields: String? = nil) async throws
        -> [String]
      {
        var query = room.query(.configMap, labels: labels)
        query.fieldSelector = fields
        return try await room.cluster.list(query).items.map(\.name)
          .filter { $0.count == 1 }
      }
      #expect(try await names(nil) == ["a", "b", "c"])
      #expect(try await names("tier=x") == ["a", "c"])
      #expect(try await names("tier in (x,y),!old") == ["a"])
      #expect(try await names("tier notin (x)") == ["b"])
      #expect(try await names("old,tier!=y") == ["c"])
      #expect(try await names(nil, "metadata.name=b") == ["b"])
      let items = try await room.cluster.list(room.query(.configMap)).items
      #expect(items.allSatisfy { $0.objectKind == .configMap })
    },
    ContractCase("list comes in pages") { room in
      for number in 1...5 {
        _ = try await room.cluster.create(room.configMap("p\(number)"))
      }
      var query = room.query(.configMap)
      query.limit = 2
      let first = try await room.cluster.list(query)
      #expect(first.items.count == 2)
      #expect(first.continueToken != nil)
      let all = try await room.cluster.listAll(query)
      #expect(all.items.map(\.name).filter { $0.hasPrefix("p") }.count == 5)
      #expect(Set(all.items.map(\.name)).count == all.items.count)
    },
    ContractCase("list of all namespaces has this one's too") { room in
      _ = try await room.cluster.create(room.configMap("everywhere"))
      let all = try await room.cluster.list(ListQuery(.configMap))
      #expect(
        all.items.contains {
          $0.namespace == room.namespace && $0.name == "everywhere"
        })
    },
    ContractCase("watch tells additions, changes and deletions in order") {
      room in
      let list = try await room.cluster.list(room.query(.configMap))
      var map = room.configMap("w")
      map.labels = ["in": "yes"]
      _ = try await room.cluster.create(map)
      _ = try await room.cluster.patch(
        map.reference, .merge(["data": ["a": "2"]]))
      try await room.cluster.delete(map.reference)
      let events = try await room.events(
        room.query(.configMap, labels: "in=yes"), from: list.resourceVersion,
        count: 3)
      #expect(events.map(\.word) == ["added w", "modified w", "deleted w"])
      #expect(events[1].object?.json["data"]?["a"] == "2")
      let versions = events.compactMap(\.resourceVersion).compactMap { Int($0) }
      #expect(versions == versions.sorted())
    },
    ContractCase("watch tells a change of labels as coming and going") { room in
      _ = try await room.cluster.create(room.configMap("l"))
      let list = try await room.cluster.list(room.query(.configMap))
      let reference = room.reference(.configMap, "l")
      for value: JSON in ["yes", .null] {
        _ = try await room.cluster.patch(
          reference, .merge(["metadata": ["labels": ["in": value]]]))
      }
      let events = try await room.events(
        room.query(.configMap, labels: "in=yes"), from: list.resourceVersion,
        count: 2)
      #expect(events.map(\.word) == ["added l", "deleted l"])
    },
    ContractCase("watch refuses a version that is too old") { room in
      // Events, because an API server keeps the others' versions for long.
      try await room.subject.forgetOldVersions()
      await room.expectError("watch from version 1", where: \.isGone) {
        for try await _ in room.cluster.watch(ListQuery(.event), from: "1") {
          break
        }
      }
    },
    ContractCase("watch ends with the task that reads it") { room in
      let list = try await room.cluster.list(room.query(.configMap))
      let task = Task {
        for try await _ in room.cluster.watch(
          room.query(.configMap), from: list.resourceVersion)
        {}
      }
      try await Task.sleep(for: .milliseconds(50))
      task.cancel()
      _ = await task.result
    },
    ContractCase("discovery, version and clock") { room in
      let resources = try await room.cluster.resources()
      #expect(resources[.deployment]?.plural == "deployments")
      #expect(resources[.node]?.isNamespaced == false)
      #expect(resources.serves("v1", "Pod") && !resources.serves("v9", "Pod"))
      #expect(
        resources.firstServed(
          "PodDisruptionBudget", of: ["policy/v1", "policy/v1beta1"]) != nil)
      let version = try await room.cluster.version()
      #expect(version.major == 1 && version.minor >= 20)
      let time = try await room.cluster.serverTime()
      let made = try await room.cluster.create(room.configMap("clock"))
      let created = try #require(made.creationTimestamp)
      #expect(abs((created - time).components.seconds) <= 5)
    },
  ]
}

extension ContractRoom {
  /// The first events of a watch, bookmarks aside.
  func events(_ query: ListQuery, from version: String, count: Int) async throws
    -> [WatchEvent]
  {
    var events: [WatchEvent] = []
    for try await event in cluster.watch(query, from: version) {
      if case .bookmark = event { continue }
      events.append(event)
      if events.count == count { break }
    }
    return events
  }
}

extension WatchEvent {
  var word: String {
    switch self {
    case .added(let object): "added \(object.name)"
    case .modified(let object): "modified \(object.name)"
    case .deleted(let object): "deleted \(object.name)"
    case .bookmark: "bookmark"
    }
  }
}
