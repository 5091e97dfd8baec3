"""The guided first deployment of keystone and what it needs, by keys alone."""


def walk(one, cluster_line, seconds=60):
    """From the empty directory to Review; returns what Review shows.

    `cluster_line` is a text of the line of the cluster to choose.
    """
    one.wait(r"There is no stack in")
    one.wait(cluster_line)
    for _ in range(10):
        selected = [line for line in one.screen().splitlines()
                    if line.startswith(">")]
        if selected and cluster_line in selected[0]:
            break
        one.keys("Down")
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
