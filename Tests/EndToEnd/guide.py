"""The guided first deployment of keystone and what it needs, by keys alone."""

import re
import time


def select(one, row, seconds=20):
    """Moves the cursor onto the row that `row` matches, a step a paint.

    `row` is a regular expression for what follows the cursor's two columns.
    A key pressed before the last one is painted would overshoot, and a row
    that arrives late may push the cursor's, so each step looks anew.
    """
    end = time.monotonic() + seconds
    while True:
        lines = one.screen().splitlines()
        here = [n for n, line in enumerate(lines) if line.startswith(">")]
        there = [n for n, line in enumerate(lines)
                 if re.match("[> ] " + row, line)]
        if here and here[0] in there:
            return
        assert time.monotonic() < end, "\n".join(lines)
        if here and there:
            one.keys("Down" if there[0] > here[0] else "Up")
            one.moved(here[0])
        else:
            time.sleep(0.05)


def walk(one, cluster, seconds=60):
    """From the empty directory to Review; returns what Review shows.

    `cluster` is the name of the cluster to choose, as its row begins.
    """
    one.wait(r"There is no stack in")
    select(one, rf". {cluster} ", seconds)
    one.keys("Enter")
    one.wait(r"\[2 Services\]", seconds)
    one.keys("End", "Space")
    one.wait(r"3 chosen")
    one.keys(">")
    one.wait(r"\[3 Parameters\]")
    one.keys(">")
    one.wait(r"\[4 Nodes\]")
    one.keys(">")
    one.wait(r"\[5 Review\]")
    return one.wait(r"g starts", seconds)
