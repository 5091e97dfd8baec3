// What one edit would change, fast enough to show while the operator types:
// only the components that the parameter reaches are rendered again, and both
// renderings are compared here, without asking the cluster.

import AnsibleKubernetes
import Kubernetes
import Stack

/// What an edit would change.
public struct EditEffect: Sendable, Hashable {
  /// One object that changes.
  public struct Change: Sendable, Hashable {
    public var object: ObjectReference
    public var outcome: PlannedOutcome
    /// A line a field, such as `spec.replicas: 3 → 5`; secrets masked.
    public var fields: [String]

    public init(
      object: ObjectReference, outcome: PlannedOutcome, fields: [String]
    ) {
      self.object = object
      self.outcome = outcome
      self.fields = fields
    }
  }

  public var changes: [Change]
  /// The running pods that would be replaced.
  public var restarts: Int
  /// Why the roles would refuse the value; nil when they take it.
  public var problem: String?

  public init(
    changes: [Change] = [], restarts: Int = 0, problem: String? = nil
  ) {
    self.changes = changes
    self.restarts = restarts
    self.problem = problem
  }
}

/// Previews edits of one stack.
///
/// The first preview renders what it compares with; keep the previewer as long
/// as the stack's files stay as they are.
public actor EditPreviewer {
  private let context: RunContext
  private let stack: OpenStack
  private let reader: CachedReader
  private var base: [String: RoleRendering] = [:]
  private var variables: [String: JSON]?

  public init(_ context: RunContext, stack: OpenStack) {
    self.context = context
    self.stack = stack
    reader = CachedReader(over: context.cluster)
  }

  /// What an edit would change against the stack as it is.
  ///
  /// - Throws: `StackProblem` for a value that the parameter does not take,
  ///   `ClusterError` when the cluster cannot be asked.
  public func preview(_ edit: StackEdit) async throws -> EditEffect {
    try await preview(from: nil, to: edit)
  }

  /// What lies between two edits of one parameter; nil is the stack as it is.
  ///
  /// What an edit that is written already has changed is told by the edit that
  /// would take it back, as `from`.
  ///
  /// - Throws: as ``preview(_:)``.
  public func preview(
    from: StackEdit?, to: StackEdit?
  ) async throws -> EditEffect {
    let old = try unsaved(from)
    let new = try unsaved(to)
    guard old != new else { return EditEffect() }
    var effect = EditEffect()
    for component in reached(by: [from, to].compactMap(\.self)) {
      let before = try await rendering(component, unsaved: old)
      let after = try await rendering(component, unsaved: new)
      if let failure = after.failures.first {
        effect.problem = failure.message.printable
      }
      try await compare(before, after, &effect)
    }
    return effect
  }

  /// Renders what previews are compared with, so that the first one is fast.
  public func prepare() async throws {
    for component in stack.contents.chosenComponents {
      _ = try await rendering(component.name)
    }
  }

  private func unsaved(_ edit: StackEdit?) throws -> [String: String] {
    try edit.map { try context.store.texts(after: [$0], in: stack) } ?? [:]
  }

  /// The components whose objects edits may change.
  private func reached(by edits: [StackEdit]) -> [String] {
    let chosen = stack.contents.chosenComponents.map(\.name)
    var names = Set<String>()
    for edit in edits {
      switch edit {
      case .set(let parameter, _), .reset(let parameter),
        .generate(let parameter):
        names.insert(parameter)
      default: return chosen
      }
    }
    // A value or default may be a template that uses the parameter.
    var reached = Set<String>()
    var grew = true
    while grew {
      grew = false
      for value in stack.contents.values {
        let isUser = value.value.map { text in
          names.contains { Self.uses($0, in: text) }
        }
        if names.contains(value.parameter.name) || isUser == true {
          grew = names.insert(value.parameter.name).inserted || grew
          reached.formUnion(value.parameter.components)
        }
      }
    }
    return chosen.filter { reached.contains($0) }
  }

  private static func uses(_ name: String, in value: JSON) -> Bool {
    switch value {
    case .string(let text):
      ParameterCheck.isTemplate(text) && text.contains(name)
    case .array(let items): items.contains { uses(name, in: $0) }
    case .object(let members): members.values.contains { uses(name, in: $0) }
    default: false
    }
  }

  /// What a component renders with files that are not written; of the stack
  /// as it is, it is kept.
  private func rendering(
    _ component: String, unsaved: [String: String] = [:]
  ) async throws -> RoleRendering {
    if unsaved.isEmpty, let known = base[component] { return known }
    let rendering = await context.engine.render(
      context.job(
        component, "main", in: stack.layout,
        variables: try await clusterVariables(), unsaved: unsaved),
      over: reader)
    if unsaved.isEmpty { base[component] = rendering }
    return rendering
  }

  private func clusterVariables() async throws -> [String: JSON] {
    if let variables { return variables }
    let fresh = ClusterVariables.of(try await reader.resources(refresh: false))
    variables = fresh
    return fresh
  }

  // MARK: Comparing

  private func compare(
    _ before: RoleRendering, _ after: RoleRendering, _ effect: inout EditEffect
  ) async throws {
    let writes = (Self.manifests(before), Self.manifests(after))
    for reference in Set(writes.0.keys).union(writes.1.keys).sorted() {
      let left = writes.0[reference]
      let right = writes.1[reference]
      guard left?.object != right?.object else { continue }
      guard !effect.changes.contains(where: { $0.object == reference }) else {
        continue
      }
      let live = try await live(reference, from: left?.object, right?.object)
      let old = left?.object.map { Self.sent($0, over: live) }
      let new = right?.object.map { Self.sent($0, over: live) }
      guard old != new else { continue }
      let masked = SecretMask.masked(
        old: old, new: new, spans: right?.secrets ?? left?.secrets ?? [])
      effect.changes.append(
        EditEffect.Change(
          object: reference,
          outcome: left == nil ? .create : right == nil ? .delete : .change,
          fields: FieldChanges.lines(
            from: masked.old ?? .object([:]),
            to: masked.new ?? .object([:]))))
      if let old, let new, let live,
        old["spec"]?["template"] != new["spec"]?["template"]
      {
        effect.restarts += Restarts.pods(of: live)
      }
    }
  }

  /// The object as it is, where that counts: pods or their number change.
  private func live(
    _ reference: ObjectReference, from left: JSON?, _ right: JSON?
  ) async throws -> KubernetesObject? {
    guard let left = left?["spec"], let right = right?["spec"],
      left["template"] != right["template"]
        || left["replicas"] != right["replicas"]
    else { return nil }
    return try await reader.find(reference)
  }

  private static func sent(
    _ manifest: JSON, over live: KubernetesObject?
  ) -> JSON {
    KubernetesObject(manifest).leavingToAutoscaler(of: live).json
  }

  private static func manifests(
    _ rendering: RoleRendering
  ) -> [ObjectReference: RenderedWrite] {
    var found: [ObjectReference: RenderedWrite] = [:]
    for write in rendering.writes where write.object != nil {
      found[write.reference] = write
    }
    return found
  }
}
