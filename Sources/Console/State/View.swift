// The root view: the screen, and the layers over it.

import Terminal

/// The console as it should look now.
func view(_ state: ConsoleState, size: Size, glyphs: Glyphs) -> Frame {
  guard size.isEnough else {
    return tooSmallFrame(size: size, needed: neededSize, glyphs: glyphs)
  }
  var frame = Frame(size: size, glyphs: glyphs)
  switch state.screen {
  case .cluster: frame.drawCluster(state)
  case .services: frame.drawServices(state)
  case .parameters: frame.drawParameters(state)
  case .nodes: frame.drawNodes(state)
  case .review: frame.drawReview(state)
  case .rollout: frame.drawRollout(state)
  case .runs: frame.drawRuns(state)
  case .settings: frame.drawSettings(state)
  }
  for layer in state.layers {
    frame.hideCursor()
    switch layer {
    case .help(let page): frame.draw(page, isHelp: true)
    case .text(let page): frame.draw(page, isHelp: false)
    case .confirm(let question): frame.draw(question)
    case .choice(let choice): frame.draw(choice)
    case .form(let form): frame.draw(form, for: state)
    case .password(let question): frame.draw(question)
    case .object(let object): frame.draw(object, for: state)
    }
  }
  return frame
}
