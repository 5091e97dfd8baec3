"""What tests do by keys on the console's screens, each key only once the screen
it is meant for is there."""

import re


def set_parameter(one, name, value, shown=None):
    """Types a value for a parameter on its screen; `shown` is how it looks."""
    one.keys("2")
    one.wait(r"Parameters  \d+ changed")
    one.keys("/")
    one.wait(r"(?m)^ / ")
    # What was searched for before is still there.
    one.keys("C-u")
    one.wait(r"(?m)^ / +\d+ of \d+$")
    one.type(name)
    one.wait(rf"(?m)^> {name} ")
    one.keys("Enter")
    one.wait(r"tab next service")
    one.keys("Enter")
    one.wait(r"Enter takes the value")
    one.keys("C-u")
    one.type(value)
    one.wait(rf"(?m)^> {name} +{re.escape(value)}")
    one.keys("Enter")
    one.gone(r"Enter takes the value")
    one.wait(rf"(?m)^> {name} +{re.escape(shown or value)}")


def review(one, pattern=r"g starts", seconds=60):
    """Opens Review and waits for a plan that matches; returns the screen."""
    one.keys("4")
    one.wait(r"Review  \w+")
    return one.wait(pattern, seconds)


def go(one, seconds=60):
    """Starts the run of the plan on the screen; waits for Rollout."""
    one.keys("g")
    return one.wait(r"run \d+  \w+|\[6 Rollout\]", seconds)


def frozen_runs(stack):
    """The numbers of the runs that a stack has files of."""
    folder = stack / ".quarterdeck" / "runs"
    if not folder.is_dir():
        return []
    return sorted(int(one.name) for one in folder.iterdir()
                  if one.name.isdigit())
