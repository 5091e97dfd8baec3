// A run told line by line, for pipes, logs and terminals without a console.

import Kubernetes
import Run

/// Prints what is new in each picture of a run.
///
/// A component that waits says for what when the sentence changes, and again
/// after half a minute, so that no wait is silent.
struct RunReport {
  private var printedSteps = 0
  private var said: [String: (gist: String, at: Instant)] = [:]
  private static let reminder = Duration.seconds(30)

  /// The lines that a picture adds to those before.
  mutating func lines(_ followed: FollowedRun, now: Instant) -> [String] {
    let run = followed.run
    var lines: [String] = []
    for step in run.steps where step.id > printedSteps {
      printedSteps = step.id
      let place = step.component.map { "\($0): " } ?? ""
      lines.append(
        "\(step.time.timestamp) \(step.status.rawValue) \(place)"
          + step.text.printable)
    }
    for component in run.stages.flatMap(\.components) {
      guard component.state == .running || component.state == .held,
        let sentence = component.sentence
      else {
        said[component.name] = nil
        continue
      }
      let text =
        "\(component.state.rawValue) \(component.name): \(sentence.printable)"
      let gist = Self.gist(of: text)
      if let last = said[component.name], last.gist == gist,
        now - last.at < Self.reminder
      {
        continue
      }
      said[component.name] = (gist, now)
      lines.append("\(now.timestamp) \(text)")
    }
    return lines
  }

  /// A sentence without its numbers: an age that grows is nothing new.
  private static func gist(of text: String) -> String {
    text.filter { !$0.isNumber }
  }

  /// The last lines of a run that is over.
  static func closing(_ run: RunSnapshot) -> [String] {
    var lines: [String] = []
    for component in run.stages.flatMap(\.components)
    where component.state == .failed || component.state == .held {
      lines.append(
        "\(component.state.rawValue) \(component.name): "
          + (component.sentence ?? "").printable)
    }
    let verb = "run \(run.number), \(run.operation.rawValue)"
    switch run.state {
    case .succeeded: lines.append("\(verb): succeeded")
    case .failed(let sentence):
      lines.append("\(verb): failed: \(sentence.printable)")
    case .interrupted(let sentence):
      lines.append("\(verb): interrupted: \(sentence.printable)")
    case .held(let sentence):
      lines.append("\(verb): held: \(sentence.printable)")
    case .running: lines.append("\(verb): goes on")
    }
    for endpoint in run.closing?.endpoints ?? [] {
      lines.append(
        "\(endpoint.component) \(endpoint.name): "
          + "\((endpoint.url ?? "no address").printable) "
          + "(\(endpoint.how.printable))")
    }
    return lines
  }
}

extension RunState {
  /// What a command that waited for the run ends with.
  var status: ProgramStatus {
    switch self {
    case .succeeded, .running: .success
    case .held: .held
    case .failed, .interrupted: .failed
    }
  }

  /// One word for tables and JSON.
  var word: String {
    switch self {
    case .running: "running"
    case .held: "held"
    case .succeeded: "succeeded"
    case .failed: "failed"
    case .interrupted: "interrupted"
    }
  }
}
