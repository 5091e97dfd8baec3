// One thing that was done to a rehearsed cluster: what its log is made of.

import Kubernetes

/// A request or a turn of the clock that changed the world.
enum Deed: Hashable, Sendable {
  case create(KubernetesObject, WriteOptions)
  case apply(KubernetesObject, ApplyOptions)
  case patch(ObjectReference, Patch, WriteOptions)
  case replace(KubernetesObject, WriteOptions)
  case delete(ObjectReference, DeleteOptions)
  /// Adds a fault.
  case fault(Fault)
  /// Removes a fault.
  case mend(Fault)
  /// Turns the clock by microseconds.
  case turn(Int64)
}

/// A deed, when it was done and what came of it.
struct Entry: Hashable, Sendable {
  var time: Instant
  var deed: Deed
  /// The uid and version that the object got; nil where there is none.
  var uid: String?
  var resourceVersion: String?
}

extension World {
  /// Does a deed at the world's own time.
  @discardableResult
  mutating func perform(_ deed: Deed) throws -> KubernetesObject? {
    defer { settle() }
    switch deed {
    case .create(let object, let options): return try create(object, options)
    case .apply(let object, let options): return try apply(object, options)
    case .patch(let reference, let body, let options):
      return try patch(reference, body, options)
    case .replace(let object, let options): return try replace(object, options)
    case .delete(let reference, let options):
      return try delete(reference, options)
    case .fault(let fault):
      if fault.kind == .apiDown {
        downUntil = now + .seconds(fault.seconds)
      } else if !faults.contains(where: { $0.description == fault.description })
      {
        // The same fault asked for again is still the same: it must not settle
        // on what came to correct it.
        faults.append(fault)
      }
      return nil
    case .mend(let fault):
      faults.removeAll { $0.description == fault.description }
      if fault.kind == .apiDown { downUntil = nil }
      tellUnplaced()
      return nil
    case .turn(let microseconds):
      advance(to: now + .microseconds(microseconds))
      return nil
    }
  }
}

extension Entry {
  init?(_ json: JSON) {
    guard let time = json["t"]?.integer, let name = json["do"]?.string else {
      return nil
    }
    func write() -> WriteOptions {
      WriteOptions(
        fieldManager: json["by"]?.string ?? "",
        subresource: json["sub"]?.string)
    }
    let object = json["object"].map(KubernetesObject.init)
    let reference = json["ref"].flatMap(ObjectReference.init)
    let fault = json["fault"].flatMap(Fault.init)
    switch (name, object, reference, fault) {
    case ("create", let object?, _, _): deed = .create(object, write())
    case ("apply", let object?, _, _):
      deed = .apply(
        object,
        ApplyOptions(
          fieldManager: write().fieldManager, force: json["force"] == true,
          subresource: write().subresource))
    case ("replace", let object?, _, _): deed = .replace(object, write())
    case ("patch", _, let reference?, _):
      guard let body = json["body"], let type = json["type"]?.string else {
        return nil
      }
      let patch: Patch
      switch type {
      case "merge": patch = .merge(body)
      case "strategic": patch = .strategic(body)
      case "json": patch = .json(body)
      default: return nil
      }
      deed = .patch(reference, patch, write())
    case ("delete", _, let reference?, _):
      deed = .delete(
        reference,
        DeleteOptions(
          propagation: (json["propagation"]?.string).flatMap(
            PropagationPolicy.init),
          uid: json["onlyUID"]?.string,
          resourceVersion: json["onlyVersion"]?.string,
          gracePeriodSeconds: json["grace"]?.integer))
    case ("fault", _, _, let fault?): deed = .fault(fault)
    case ("mend", _, _, let fault?): deed = .mend(fault)
    case ("turn", _, _, _):
      guard let microseconds = json["by"]?.integer else { return nil }
      deed = .turn(Int64(microseconds))
    default: return nil
    }
    self.time = Instant(microseconds: Int64(time))
    uid = json["uid"]?.string
    resourceVersion = json["rv"]?.string
  }

  var json: JSON {
    var json: JSON = ["t": .integer(Int(time.microseconds))]
    func note(_ options: WriteOptions) {
      json["by"] = .string(options.fieldManager)
      json["sub"] = options.subresource.map(JSON.string)
    }
    switch deed {
    case .create(let object, let options):
      json["do"] = "create"
      json["object"] = object.json
      note(options)
    case .apply(let object, let options):
      json["do"] = "apply"
      json["object"] = object.json
      json["by"] = .string(options.fieldManager)
      json["sub"] = options.subresource.map(JSON.string)
      if options.force { json["force"] = true }
    case .replace(let object, let options):
      json["do"] = "replace"
      json["object"] = object.json
      note(options)
    case .patch(let reference, let patch, let options):
      json["do"] = "patch"
      json["ref"] = reference.json
      json["body"] = patch.body
      switch patch {
      case .merge: json["type"] = "merge"
      case .strategic: json["type"] = "strategic"
      case .json: json["type"] = "json"
      }
      note(options)
    case .delete(let reference, let options):
      json["do"] = "delete"
      json["ref"] = reference.json
      json["propagation"] = (options.propagation?.rawValue).map(JSON.string)
      json["onlyUID"] = options.uid.map(JSON.string)
      json["onlyVersion"] = options.resourceVersion.map(JSON.string)
      json["grace"] = options.gracePeriodSeconds.map(JSON.integer)
    case .fault(let fault):
      json["do"] = "fault"
      json["fault"] = fault.json
    case .mend(let fault):
      json["do"] = "mend"
      json["fault"] = fault.json
    case .turn(let microseconds):
      json["do"] = "turn"
      json["by"] = .integer(Int(microseconds))
    }
    json["uid"] = uid.map(JSON.string)
    json["rv"] = resourceVersion.map(JSON.string)
    return json
  }
}
