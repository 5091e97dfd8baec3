// A task, block or play as its file has it: read once, shared by every run.

import Jinja

/// One step of a list of tasks.
indirect enum Step: Sendable {
  case task(TaskDefinition)
  case block(BlockDefinition)
}

/// One task as written.
struct TaskDefinition: Sendable {
  var name: Value?
  /// The module as written; may be a template where `action` is used.
  var action: String
  /// Where the module's name stands.
  var actionPlace: SourcePlace
  var place: SourcePlace
  /// The module's arguments in order, values untouched.
  var arguments: [Argument] = []
  /// A template that stands for all arguments (`args: "{{ x }}"`).
  var argumentTemplate: Value?
  /// The free form: `command: echo hi`, `meta: noop`.
  var free: Value?
  var keywords = Keywords()
  var variables: [String: Value] = [:]
  var loop: Value?
  /// The lookup of a `with_…` loop.
  var loopLookup: String?
  var loopControl = LoopControl()
  var register: String?
  var until: [Value] = []
  var retries: Value?
  var delay: Value?
  var changedWhen: [Value] = []
  var failedWhen: [Value] = []
  var asynchronous: Value?
  var poll: Value?
  /// Topics that a handler listens to.
  var listen: [String] = []
  /// Whether the engine made it, such as the check of a role's arguments.
  var isImplicit = false
  /// What the engine's own check of a role's arguments holds them to.
  var validation: ValidationSpec?

  /// One argument of a module.
  struct Argument: Sendable {
    var name: String
    var value: Value
    var place: SourcePlace
  }

  /// The module's name without the collection of the built-in ones.
  var shortAction: String { ModuleName.short(action) }

  /// The argument called `name`.
  subscript(name: String) -> Value? {
    arguments.last { $0.name == name }?.value
  }
}

/// How a loop is done.
struct LoopControl: Sendable {
  var variable: Value?
  var indexVariable: Value?
  var label: Value?
  var pause: Value?
  var extended: Value?
  var extendedAllItems: Value?
  var breakWhen: [Value] = []
}

/// A block as written.
struct BlockDefinition: Sendable {
  var name: Value?
  var place: SourcePlace
  var block: [Step]
  var rescue: [Step] = []
  var always: [Step] = []
  var keywords = Keywords()
  var variables: [String: Value] = [:]
}

/// A role as a play or another role's metadata names it.
struct RoleUse: Sendable {
  var name: Value
  var place: SourcePlace
  var keywords = Keywords()
  var variables: [String: Value] = [:]
  /// Parameters written beside the role's name.
  var parameters: [String: Value] = [:]
}

/// A play as written.
struct PlayDefinition: Sendable {
  var name: Value?
  var place: SourcePlace
  var hosts: Value?
  var gatherFacts: Value?
  /// What gathering facts takes: gather_subset, gather_timeout, fact_path.
  var gatherOptions: [(name: String, value: Value)] = []
  var keywords = Keywords()
  var variables: [String: Value] = [:]
  var variableFiles: [Value] = []
  var roles: [RoleUse] = []
  var preTasks: [Step] = []
  var tasks: [Step] = []
  var postTasks: [Step] = []
  var handlers: [Step] = []
  var forceHandlers: Value?
  var prompts: [Prompt] = []
  /// The directory of an imported playbook that lies elsewhere than the one that
  /// imports it: its roles, files and variables are looked for there.
  var directory: String?

  /// One entry of `vars_prompt`.
  struct Prompt: Sendable {
    var name: String
    var place: SourcePlace
    /// What the variable is where nobody answers; nil where that cannot be.
    var fallback: Value?
  }

  /// Refuses prompts that only an operator could answer.
  ///
  /// Ansible asks for none that the extra variables hold, and takes the default
  /// where there is no terminal.
  func refusePrompts(_ extra: [String: Value]) throws {
    for prompt in prompts
    where extra[prompt.name] == nil && prompt.fallback == nil {
      throw Refusal(
        .keyword, "vars_prompt", at: prompt.place,
        remedy: "give \(prompt.name) in a file or with -e")
    }
  }
}

/// Names of modules, short and with their collection.
enum ModuleName {
  /// `ansible.builtin.copy` and `ansible.legacy.copy` as `copy`; other names
  /// as they are.
  static func short(_ name: String) -> String {
    for prefix in ["ansible.builtin.", "ansible.legacy."]
    where name.hasPrefix(prefix) {
      return String(name.dropFirst(prefix.count))
    }
    return name
  }

  /// Modules that Ansible does without starting a program.
  static let answerItself: Set<String> = [
    "assert", "debug", "fail", "include_vars", "pause", "set_fact",
    "set_stats", "validate_argument_spec",
  ]

  /// Names that load more tasks.
  static let includes: Set<String> = ["include_tasks", "include_role"]
  static let imports: Set<String> = ["import_tasks", "import_role"]

  /// Modules whose text after the name is not `key=value`.
  static let freeForm: Set<String> = ["command", "shell", "raw", "script"]

  /// Modules that take a free form at all.
  static let takesFreeForm: Set<String> = freeForm.union([
    "include_vars", "include_tasks", "include_role", "import_tasks",
    "import_role", "add_host", "group_by", "set_fact", "meta",
  ])
}
