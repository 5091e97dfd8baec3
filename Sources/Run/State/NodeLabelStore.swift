// Labels that the operator gave or took on the Nodes screen and that the next
// run applies: .quarterdeck/labels.json.

import Kubernetes
import Platform
import Stack

/// Keeps the changes of node labels until a run has made them.
public struct NodeLabelStore: Sendable {
  private let files: any Files

  public init(files: any Files) {
    self.files = files
  }

  /// The changes by node: a value gives a label, nil takes it.
  public func read(_ layout: StackLayout) -> [String: [String: String?]] {
    guard let content = try? files.read(path(layout)),
      let json = try? JSON(parsing: content.bytes)
    else { return [:] }
    return (json.object ?? [:]).mapValues { labels in
      (labels.object ?? [:]).mapValues(\.string)
    }
  }

  /// Replaces the changes; none removes the file.
  public func write(
    _ labels: [String: [String: String?]], _ layout: StackLayout
  ) throws(FileError) {
    let wanted = labels.filter { !$0.value.isEmpty }
    guard !wanted.isEmpty else { return try files.remove(path(layout)) }
    let json = JSON.object(
      wanted.mapValues { labels in
        .object(labels.mapValues { $0.map(JSON.string) ?? .null })
      })
    try files.makePrivateFolder(layout.local)
    try files.write(json.bytes(), to: path(layout), mode: .secret)
  }

  private func path(_ layout: StackLayout) -> String {
    layout.local + "/labels.json"
  }
}
