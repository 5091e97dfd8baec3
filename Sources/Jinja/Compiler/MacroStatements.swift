// Compiled `macro` and `call` statements.

/// Runs `{% macro name() %}`.
final class MacroStatement: StatementCode {
  private let macro: MacroCode
  private let slot: Int
  /// The name under which the template's context gets it.
  private let exported: String?

  init(_ macro: MacroCode, slot: Int, exported: String?, _ position: Position) {
    self.macro = macro
    self.slot = slot
    self.exported = exported
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    let value = Value(MacroFunction(macro, frame, isNative: out.isNative))
    frame.slots[slot] = value
    frame.state.hold(frame)
    if let exported {
      frame.context.own[exported] = value
      if !exported.hasPrefix("_") { frame.context.exported.insert(exported) }
    }
    return .next
  }
}

/// Runs `{% call macro() %}`.
final class CallStatement: StatementCode {
  private let caller: MacroCode
  private let call: CallCode

  init(_ caller: MacroCode, _ call: CallCode, _ position: Position) {
    self.caller = caller
    self.call = call
    super.init(position)
  }

  override func run(_ frame: Frame, _ out: inout Output) throws -> Flow {
    let body = Value(MacroFunction(caller, frame, isNative: out.isNative))
    try out.write(try call.call(frame, caller: body))
    return .next
  }
}
