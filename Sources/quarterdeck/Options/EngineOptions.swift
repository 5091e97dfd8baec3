// What executes the roles.

import ArgumentParser
import Run

struct EngineOptions: ParsableArguments {
  @Option(
    help: """
      What executes the roles: quarterdeck (in this program) or ansible (the \
      real ansible-playbook).
      """)
  var engine = RunEngine.quarterdeck
}

extension RunEngine: ExpressibleByArgument {}
