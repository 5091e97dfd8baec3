// Where a task stands: the blocks, includes and role around it, from which it
// has keywords and variables.

import Jinja

/// One level around a task.
final class Scope {
  let parent: Scope?
  /// The role whose file the tasks stand in; nil outside roles.
  let role: RoleInstance?
  /// The keywords of this level; none of a dynamic include's reach inside.
  let keywords: Keywords
  let variables: [String: Value]
  /// Variables of the element of the loop that included the tasks.
  let fixed: [String: Value]
  let kind: Kind

  enum Kind {
    case play
    case role
    case block
    /// `import_tasks` or `import_role`; with the directory that relative
    /// includes inside start from.
    case imported(directory: String)
    /// `include_tasks` or `include_role`.
    case included(directory: String)
  }

  init(
    _ kind: Kind, parent: Scope?, role: RoleInstance?,
    keywords: Keywords = Keywords(), variables: [String: Value] = [:],
    fixed: [String: Value] = [:]
  ) {
    self.kind = kind
    self.parent = parent
    self.role = role
    self.keywords = keywords
    self.variables = variables
    self.fixed = fixed
  }

  /// This level and those around it, innermost first.
  var levels: some Sequence<Scope> {
    sequence(first: self) { $0.parent }
  }

  /// This level and those around it, outermost first.
  var path: [Scope] { levels.reversed() }

  /// The value of a keyword that inner levels replace.
  func inherited(_ keyword: Keywords.Inherited) -> Value? {
    for level in levels {
      if let value = level.keywords[keyword] { return value }
    }
    return nil
  }

  /// The values of a keyword that inner levels add to, outermost first.
  func collected(_ keyword: (Keywords) -> [Value]?) -> [Value] {
    path.flatMap { keyword($0.keywords) ?? [] }
  }

  /// The handlers to notify: the innermost level that names any.
  var notify: [Value]? {
    for level in levels {
      if let notify = level.keywords.notify { return notify }
    }
    return nil
  }

  /// The directories of the includes that led here, innermost first.
  var includeDirectories: [String] {
    levels.compactMap {
      switch $0.kind {
      case .included(let directory), .imported(let directory): directory
      default: nil
      }
    }
  }

  /// How many imports stand around this level, since the last include.
  var importDepth: Int {
    var depth = 0
    for level in levels {
      switch level.kind {
      case .imported: depth += 1
      case .included: return depth
      default: break
      }
    }
    return depth
  }

  /// The variables of the dynamic includes that led here, outermost first:
  /// they win over set_fact.
  var includeParameters: [(values: [String: Value], isFinal: Bool)] {
    path.flatMap { level -> [(values: [String: Value], isFinal: Bool)] in
      guard case .included = level.kind else { return [] }
      return [(level.variables, false), (level.fixed, true)]
    }
  }
}

/// A task or block in its place, ready to run.
enum Node {
  case task(TaskNode)
  case block(BlockNode)
  /// All tasks of a role are behind.
  case roleEnd(RoleInstance)
}

/// One task in its place.
final class TaskNode {
  let definition: TaskDefinition
  /// The level around the task.
  let scope: Scope
  let isHandler: Bool
  var isNotified = false
  /// Which list of handlers it stands in, counted as they are loaded.
  let group: Int

  init(
    _ definition: TaskDefinition, in scope: Scope, isHandler: Bool = false,
    group: Int = 0
  ) {
    self.definition = definition
    self.scope = scope
    self.isHandler = isHandler
    self.group = group
  }

  var role: RoleInstance? { scope.role }

  /// The value of a keyword: the task's own or the nearest around it.
  func inherited(_ keyword: Keywords.Inherited) -> Value? {
    definition.keywords[keyword] ?? scope.inherited(keyword)
  }

  /// All conditions, outermost first.
  var when: [Value] {
    scope.collected(\.when) + (definition.keywords.when ?? [])
  }

  /// All tags.
  var tags: [Value] {
    scope.collected(\.tags) + (definition.keywords.tags ?? [])
  }
}

/// A block in its place.
final class BlockNode {
  let definition: BlockDefinition
  let block: [Node]
  let rescue: [Node]
  let always: [Node]

  init(
    _ definition: BlockDefinition, block: [Node], rescue: [Node],
    always: [Node]
  ) {
    self.definition = definition
    self.block = block
    self.rescue = rescue
    self.always = always
  }
}
