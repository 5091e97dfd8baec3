"""Reads how many tests a suite ran: count.py STATUS LOG -> PASSED FAILED SKIPPED.

Understands the closing lines of Swift Testing, XCTest and pytest, and a line
"N passed, N failed". A suite that prints none of them is one test. A suite
that ends with a status other than 0 has failed at least one.
"""

import re
import sys


def count(status: int, text: str) -> tuple[int, int, int]:
    passed = failed = skipped = 0
    known = False
    for found in re.finditer(
        r"Test run with (\d+) tests? .*?(passed|failed) after", text
    ):
        known = True
        total = int(found[1])
        bad = len(set(re.findall(r"^. Test (?!run with )(.+?) failed after", text, re.M)))
        passed += total - bad
        failed += bad
    for found in re.finditer(
        r"Executed (\d+) tests?, with (\d+) failures?", text
    ):
        if int(found[1]):
            known = True
            passed = max(passed, int(found[1]) - int(found[2]))
    plain = re.compile(r"^(?:=+ )?(\d+ (?:passed|failed|skipped|error).*)$", re.M)
    for line in plain.findall(text):
        known = True
        for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", line):
            if word == "passed":
                passed += int(number)
            elif word == "skipped":
                skipped += int(number)
            else:
                failed += int(number)
    if not known:
        passed = 1 if status == 0 else 0
    if status != 0 and failed == 0:
        failed = 1
    return passed, failed, skipped


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8", errors="replace") as log:
        print(*count(int(sys.argv[1]), log.read()))
