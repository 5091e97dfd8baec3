// The Review screen: the whole plan, before anything is applied.

import Kubernetes
import Run
import Terminal

struct ReviewState: SearchedList, Hashable, Sendable {
  var request = PlanRequest()
  var plan: Plan?
  var problem: String?
  /// Whether the stack changed since the plan was made.
  var isStale = false
  var list = ListState()
  var search = Search()
  /// What is listed object by object.
  var unfolded: Set<Fold> = []
  /// Whether the checks that are as they should be are listed one by one.
  var showsGoodChecks = false
  /// Objects whose conflicting fields are taken over.
  var forced: Set<ObjectReference> = []

  /// Objects of a component that one line stands for.
  enum Fold: Hashable, Sendable {
    case unchanged(String)
    case tests(String)
  }
}

enum ReviewCommand: Hashable, Sendable {
  case open, deploy, replan, unfold, take, engine, operation, search, next

  /// Whether it is about lines of a plan.
  fileprivate var needsPlan: Bool {
    switch self {
    case .open, .deploy, .unfold, .take, .search, .next: true
    case .replan, .engine, .operation: false
    }
  }
}

let reviewKeys = KeyTable<ReviewCommand>(
  "Review",
  [
    KeyBinding(
      "g", command: .deploy, title: "go: freeze the plan and start the run",
      hint: "go"),
    KeyBinding(
      .enter, command: .open, title: "show the difference", hint: "diff"),
    KeyBinding(
      .space, .right, command: .unfold,
      title: "list, or fold, what is unchanged, tested or as it should be",
      hint: "unfold"),
    KeyBinding(
      "n", command: .next, title: "next problem", hint: "next problem"),
    KeyBinding(
      "t", command: .take,
      title: "take over, or leave, fields that another manager owns"),
    KeyBinding("r", command: .replan, title: "plan anew", hint: "plan anew"),
    KeyBinding(
      "o", command: .operation, title: "deploy, check, test, upgrade, remove"),
    KeyBinding(
      "e", command: .engine,
      title: "run the roles with ansible-playbook, or with Quarterdeck"),
    KeyBinding("/", command: .search, title: "search", hint: "search"),
  ])

/// One line of the Review list.
enum ReviewRow: Hashable, Sendable {
  /// How the checks before the run came out.
  case preflight(good: Int, of: Int)
  case check(PreflightCheck)
  case stage(String, components: Int)
  case component(PlannedComponent)
  case object(PlannedObject)
  case unchanged(component: String, count: Int)
  /// What its test writes, anew in each run.
  case tests(component: String, count: Int)
  case note(PlannedNote, kind: NoteKind)

  enum NoteKind: Hashable, Sendable {
    case refusal, failure, decidedDuringRun, localAction
  }

  /// Whether the line is about something that stops the run.
  var isProblem: Bool {
    switch self {
    case .check(let check): check.state == .fail
    case .object(let object): object.outcome == .refused
    case .note(_, let kind): kind == .failure || kind == .refusal
    default: false
    }
  }
}

extension ConsoleState {
  /// The lines of the list: preflight first, then stage by stage.
  var reviewRows: [ReviewRow] {
    guard let plan = review.plan else { return [] }
    var rows: [ReviewRow] = []
    if !plan.preflight.isEmpty {
      let bad = plan.preflight.filter { $0.state != .ok }
      let good = plan.preflight.count - bad.count
      rows.append(.preflight(good: good, of: plan.preflight.count))
      rows += bad.sorted { $0.state == .fail && $1.state != .fail }
        .map(ReviewRow.check)
      if review.showsGoodChecks || !review.search.text.isEmpty {
        rows += plan.preflight.filter { $0.state == .ok }.map(ReviewRow.check)
      }
    }
    for stage in plan.stages {
      rows.append(.stage(stage.name, components: stage.components.count))
      for component in stage.components {
        rows.append(.component(component))
        rows += component.refusals.map {
          .note(
            PlannedNote(location: $0.location, text: $0.what), kind: .refusal)
        }
        rows += component.failures.map { .note($0, kind: .failure) }
        let changed = component.objects.filter { $0.outcome != .unchanged }
        rows += changed.map(ReviewRow.object)
        let same = component.objects.filter { $0.outcome == .unchanged }
        if review.unfolded.contains(.unchanged(component.name)) {
          rows += same.map(ReviewRow.object)
        } else if !same.isEmpty {
          rows.append(.unchanged(component: component.name, count: same.count))
        }
        if !component.tests.isEmpty {
          rows.append(
            .tests(component: component.name, count: component.tests.count))
          let isOpen = review.unfolded.contains(.tests(component.name))
          rows += component.tests
            .filter {
              isOpen || $0.outcome == .refused || !$0.conflicts.isEmpty
            }
            .map(ReviewRow.object)
        }
        rows += component.decidedDuringRun.map {
          .note($0, kind: .decidedDuringRun)
        }
        rows += component.localActions.map { .note($0, kind: .localAction) }
      }
    }
    guard !review.search.text.isEmpty else { return rows }
    return rows.filter { review.search.matches($0.searchText) }
  }

  /// Asks for a plan if there is none that still holds.
  mutating func wantPlan() -> [Effect] {
    guard stack != nil, review.plan == nil || review.isStale,
      !isWaiting(for: .plan) || review.isStale
    else { return [] }
    return replan()
  }

  mutating func replan() -> [Effect] {
    review.problem = nil
    review.isStale = false
    return [effect(.plan, .plan(review.request))]
  }

  mutating func takePlan(_ plan: Plan) {
    review.plan = plan
    review.problem = nil
    review.forced.formIntersection(plan.conflicted.map(\.reference))
    review.list.fit(count: reviewRows.count, rows: listRows)
  }

  mutating func reduceReview(key: Key) -> [Effect]? {
    let rows = reviewRows
    if browse(\.review, key: key, count: rows.count) { return [] }
    if key == .escape, !review.search.text.isEmpty {
      review.search.clear()
      return []
    }
    guard let command = reviewKeys.command(for: key, vi: settings.viKeys)
    else { return nil }
    let selected =
      rows.indices.contains(review.list.selection)
      ? rows[review.list.selection] : nil
    if review.plan == nil, command.needsPlan {
      notice = .info(
        isWaiting(for: .plan)
          ? "The plan is still being made." : "There is no plan: r makes one.")
      return []
    }
    switch command {
    case .deploy: return go()
    case .open: open(selected)
    case .replan: return replan()
    case .unfold: unfold(selected)
    case .take: take(selected)
    case .search: review.search.begin()
    case .engine:
      guard review.plan?.isRehearsal != true else {
        notice = .problem(
          "ansible-playbook does not reach a rehearsal: it is in memory. e "
            + "works on a cluster.")
        return []
      }
      review.request.engine =
        review.request.engine == .quarterdeck ? .ansible : .quarterdeck
      return replan()
    case .operation:
      var list = ListState()
      let all = RunOperation.allCases
      list.select(all.firstIndex(of: review.request.operation) ?? 0)
      layers.append(
        .choice(
          ChoiceLayer(
            title: "What is the run for?", options: all.map(\.rawValue),
            list: list, target: .operation)))
    case .next:
      let order =
        Array(rows.indices.dropFirst(review.list.selection + 1))
        + rows.indices.prefix(review.list.selection + 1)
      if let found = order.first(where: { rows[$0].isProblem }) {
        review.list.select(found)
        review.list.fit(count: rows.count, rows: listRows)
      } else {
        notice = .info("Nothing stops this plan.")
      }
    }
    return []
  }

  private mutating func open(_ row: ReviewRow?) {
    switch row {
    case .object(let object): layers.append(.text(diffLayer(object)))
    case .unchanged, .tests, .preflight, .component: unfold(row)
    case .check(let check):
      layers.append(
        .text(
          TextLayer(
            title: check.title,
            lines: wrapped(
              shortened(check.sentence), width: max(1, size.columns - 3)
            )
            .map { TextLayer.Line(text: $0) })))
    case .note(let note, _):
      layers.append(
        .text(
          TextLayer(
            title: shortened(note.location),
            lines: wrapped(
              shortened(note.text), width: max(1, size.columns - 3)
            )
            .map { TextLayer.Line(text: $0) })))
    case .stage(let name, let components):
      notice = .info(
        "Stage \(name) has \(count(components, "component")); enter on an "
          + "object shows its difference.")
    case nil: break
    }
  }

  private func diffLayer(_ object: PlannedObject) -> TextLayer {
    var lines: [TextLayer.Line] = []
    lines.append(
      TextLayer.Line(
        text: "\(object.outcome.rawValue) \(object.reference.fullName)",
        role: .title))
    if let reason = object.reason {
      lines.append(TextLayer.Line(text: reason, role: .warning))
    }
    if object.restarts > 0 {
      lines.append(
        TextLayer.Line(
          text: "Restarts \(count(object.restarts, "pod")).", role: .warning))
    }
    for conflict in object.conflicts {
      let verb =
        review.forced.contains(object.reference)
        ? "is taken from" : "belongs to"
      lines.append(
        TextLayer.Line(
          text: "\(conflict.field) \(verb) \(conflict.manager)",
          role: .warning))
    }
    for field in object.unknownFields {
      lines.append(
        TextLayer.Line(
          text: "known only during the run: \(field)", role: .muted))
    }
    if !object.origin.isEmpty {
      lines.append(
        TextLayer.Line(
          text: "written by \(shortened(object.origin))", role: .muted))
    }
    lines.append(TextLayer.Line(text: ""))
    if object.diff.isEmpty {
      lines.append(TextLayer.Line(text: "No difference.", role: .muted))
    }
    // Where all lines are new, or all go, their numbers say nothing.
    let isWhole = object.outcome == .create || object.outcome == .delete
    for line in object.diff where !(isWhole && line.kind == .hunk) {
      let role: Role =
        switch line.kind {
        case .hunk: .hunk
        case .context: .text
        case .removed: .removed
        case .added: .added
        }
      lines.append(TextLayer.Line(text: line.printed, role: role))
    }
    return TextLayer(title: object.reference.description, lines: lines)
  }

  private mutating func unfold(_ row: ReviewRow?) {
    let fold: ReviewState.Fold
    switch row {
    case .unchanged(let component, _): fold = .unchanged(component)
    case .tests(let component, _): fold = .tests(component)
    case .component(let component)
    where component.objects.contains { $0.outcome == .unchanged }:
      fold = .unchanged(component.name)
    case .object(let object):
      guard let shown = self.fold(of: object) else {
        notice = .info("There is nothing folded in this line.")
        return
      }
      // The line that is folded away takes the selection with it.
      review.unfolded.remove(shown)
      review.list.select(
        reviewRows.firstIndex { $0.fold == shown } ?? review.list.selection)
      return
    case .preflight:
      review.showsGoodChecks.toggle()
      return
    case .check(let check) where check.state == .ok:
      review.showsGoodChecks = false
      review.list.select(0)
      return
    default:
      notice = .info("There is nothing folded in this line.")
      return
    }
    if review.unfolded.remove(fold) == nil { review.unfolded.insert(fold) }
  }

  /// What would take the line of an object away.
  private func fold(of object: PlannedObject) -> ReviewState.Fold? {
    for component in review.plan?.components ?? [] {
      if component.tests.contains(object) { return .tests(component.name) }
      if object.outcome == .unchanged, component.objects.contains(object) {
        return .unchanged(component.name)
      }
    }
    return nil
  }

  private mutating func take(_ row: ReviewRow?) {
    guard case .object(let object)? = row, !object.conflicts.isEmpty else {
      notice = .info("No other manager owns a field that this line changes.")
      return
    }
    let owners = list(Set(object.conflicts.map(\.manager)).sorted())
    if review.forced.remove(object.reference) == nil {
      review.forced.insert(object.reference)
      notice = .info("Its fields are taken from \(owners).")
    } else {
      notice = .info("Its fields stay with \(owners).")
    }
  }

  /// `g`: starts the run, with a question first where something is lost.
  private mutating func go() -> [Effect] {
    guard let plan = review.plan, !review.isStale, !isWaiting(for: .plan)
    else {
      notice = .info("The plan is still being made.")
      return []
    }
    guard !isWaiting(for: .start) else { return [] }
    if let obstacle = plan.obstacles.first {
      notice = .problem("Not started: \(shortened(obstacle))")
      return []
    }
    let open = plan.conflicted.filter {
      !review.forced.contains($0.reference)
    }
    if let first = open.first {
      notice = .problem(
        "Not started: \(first.reference.description) has fields of "
          + "\(list(Set(first.conflicts.map(\.manager)).sorted())); t takes "
          + "them over.")
      return []
    }
    guard plan.changes > 0 || plan.operation != .deploy || plan.isUnfinished
    else {
      notice = .info(
        "There is nothing to do: the cluster is as the stack says.")
      return []
    }
    var consent = RunConsent(forced: review.forced)
    if let lock = plan.preflight.first(where: {
      $0.title == PreflightCheck.lock && $0.state == .warn
    }) {
      consent.takesOverLock = true
      layers.append(
        .confirm(
          ConfirmLayer(
            title: "Take the lock over?",
            text: "\(lock.sentence). If that run still goes on somewhere, two "
              + "runs would write at once.",
            typed: plan.stack, decision: .start(plan, consent))))
      return []
    }
    let lost = plan.objects.filter {
      $0.outcome == .delete || $0.outcome == .replace
    }
    guard lost.isEmpty, plan.operation != .remove else {
      let anew = lost.filter { $0.outcome == .replace }.count
      let names = lost.prefix(6).map(\.reference.description)
      let more = lost.count > 6 ? " and \(lost.count - 6) more" : ""
      let again =
        anew == 0
        ? ""
        : anew < lost.count
          ? ", and makes \(anew) of them anew"
          : anew == 1 ? " and makes it anew" : " and makes them anew"
      layers.append(
        .confirm(
          ConfirmLayer(
            title: plan.operation == .remove
              ? "Remove?" : anew == lost.count ? "Replace?" : "Delete?",
            text: "This run deletes \(list(Array(names)))\(more)\(again).",
            typed: plan.operation == .remove ? plan.stack : nil,
            decision: .start(plan, consent))))
      return []
    }
    return [effect(.start, .start(plan, consent))]
  }
}

extension ReviewRow {
  /// What the line stands for where it is folded.
  fileprivate var fold: ReviewState.Fold? {
    switch self {
    case .unchanged(let component, _): .unchanged(component)
    case .tests(let component, _): .tests(component)
    default: nil
    }
  }

  fileprivate var searchText: String {
    switch self {
    case .preflight: "preflight"
    case .check(let check): check.title + " " + check.sentence
    case .stage(let name, _): name
    case .component(let component): component.name + " " + component.service
    case .object(let object):
      [
        object.outcome.rawValue, object.reference.description,
        object.reference.fullName,
      ].joined(separator: " ")
    case .unchanged(let component, _): component
    case .tests(let component, _): component + " test"
    case .note(let note, _): note.description
    }
  }
}

extension ObjectReference {
  /// Kind, namespace and name.
  var fullName: String {
    namespace.map { "\(kind) \($0)/\(name)" } ?? description
  }
}
