// An event's summary straight from bytes: what `EventSummary.init` reads out
// of JSON, read without building it.

extension EventSummary {
  /// Reads an event; nil when it is about nothing that has a uid.
  ///
  /// - Throws: `JSONError` for a text that is no JSON object or ends early.
  init?(
    scanning scanner: inout ByteScanner, pool: TextPool,
    name: inout String, version: inout String?
  ) throws {
    var metadata = ScannedMetadata()
    // A member that is there counts even when it is not what it should be.
    var involved: Involved?
    var regarding: Involved?
    var type: String?
    var reason: String?
    var message: Member<String>?
    var note: String?
    var count: Int?
    var series = Series()
    var deprecatedCount: Int?
    var lastTime: Instant?
    var deprecatedLastTime: Instant?
    var eventTime: Instant?
    guard try scanner.enterObject() else { return nil }
    while let member = try scanner.nextMember() {
      switch member {
      case "metadata": metadata = try ScannedMetadata(&scanner, pool)
      case "involvedObject": involved = try Involved(&scanner, pool)
      case "regarding": regarding = try Involved(&scanner, pool)
      case "type": type = try scanner.string()
      case "reason": reason = try scanner.string(from: pool)
      case "message": message = Member(value: try scanner.string(from: pool))
      case "note": note = try scanner.string(from: pool)
      case "count": count = try scanner.integer()
      case "series": series = try Series(&scanner)
      case "deprecatedCount": deprecatedCount = try scanner.integer()
      case "lastTimestamp": lastTime = try scanner.instant()
      case "deprecatedLastTimestamp":
        deprecatedLastTime = try scanner.instant()
      case "eventTime": eventTime = try scanner.instant()
      default: try scanner.skip()
      }
    }
    version = metadata.resourceVersion
    name = metadata.name
    guard let about = involved ?? regarding, let uid = about.uid else {
      return nil
    }
    let text: String? = if let message { message.value } else { note }
    let times: [Instant?] = [
      lastTime, series.last, deprecatedLastTime, eventTime, metadata.created,
    ]
    self.uid = metadata.uid ?? metadata.name
    involvedUID = uid
    involvedKind = about.kind
    involvedName = about.name
    namespace = metadata.namespace
    isWarning = type == "Warning"
    self.reason = (reason ?? "").printable
    self.message = text?.printable ?? ""
    self.count = count ?? series.count ?? deprecatedCount ?? 1
    last = times.lazy.compactMap { $0 }.first
  }

  private struct Member<Value> {
    var value: Value?
  }

  private struct Involved {
    var uid: String?
    var kind = ""
    var name = ""

    init(_ scanner: inout ByteScanner, _ pool: TextPool) throws {
      guard try scanner.enterObject() else { return }
      while let member = try scanner.nextMember() {
        switch member {
        case "uid": uid = try scanner.string(from: pool)
        case "kind": kind = try scanner.string(from: pool) ?? ""
        case "name": name = try scanner.string(from: pool) ?? ""
        default: try scanner.skip()
        }
      }
    }
  }

  private struct Series {
    var count: Int?
    var last: Instant?

    init() {}

    init(_ scanner: inout ByteScanner) throws {
      guard try scanner.enterObject() else { return }
      while let member = try scanner.nextMember() {
        switch member {
        case "count": count = try scanner.integer()
        case "lastObservedTime": last = try scanner.instant()
        default: try scanner.skip()
        }
      }
    }
  }
}
