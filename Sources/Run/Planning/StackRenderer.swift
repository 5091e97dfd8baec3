// Renders the roles of a stack without a plan: what they would send, as it is.

import AnsibleKubernetes
import Kubernetes
import Stack

/// Renders the chosen components of a stack in the order of a run.
public struct StackRenderer: Sendable {
  private let context: RunContext

  public init(_ context: RunContext) {
    self.context = context
  }

  /// What one entry point of each component would do.
  ///
  /// Reads are answered from `reader`; components without the entry point are
  /// left out. The renderings hold secrets.
  ///
  /// - Throws: `StackProblem` when the components cannot be put in order,
  ///   `ClusterError` when the reader cannot say what it serves.
  public func render(
    _ stack: OpenStack, entryPoint: String, over reader: any ClusterReader
  ) async throws -> [(component: String, rendering: RoleRendering)] {
    let contents = stack.contents
    let variables = ClusterVariables.of(try await reader.resources())
    let names = try contents.graph.stages(of: contents.chosen)
      .flatMap(\.components)
    var found: [(component: String, rendering: RoleRendering)] = []
    for name in names {
      guard
        contents.graph.components[name]?.entryPoints.contains(entryPoint)
          == true
      else { continue }
      found.append(
        (
          name,
          await context.engine.render(
            context.job(
              name, entryPoint, in: stack.layout, variables: variables),
            over: reader)
        ))
    }
    return found
  }
}
