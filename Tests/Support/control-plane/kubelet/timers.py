"""Steps that happen later, on a few worker threads."""
import heapq
import itertools
import queue
import threading
import time


class Timers:
    """Calls `do(key, step)` when a step's time has come.

    Steps of one key never overlap when `do` sees to it; here they only keep
    their order in time.
    """

    def __init__(self, do, workers):
        self.do = do
        self.heap, self.numbers = [], itertools.count()
        self.changed = threading.Condition()
        self.due = queue.SimpleQueue()
        threading.Thread(target=self.turn, daemon=True).start()
        for _ in range(workers):
            threading.Thread(target=self.work, daemon=True).start()

    def later(self, delay, key, step):
        if delay <= 0:
            self.due.put((key, step))
            return
        with self.changed:
            when = time.monotonic() + delay
            heapq.heappush(self.heap, (when, next(self.numbers), key, step))
            self.changed.notify()

    def turn(self):
        while True:
            with self.changed:
                while not self.heap or self.heap[0][0] > time.monotonic():
                    left = self.heap[0][0] - time.monotonic() \
                        if self.heap else None
                    self.changed.wait(left)
                _, _, key, step = heapq.heappop(self.heap)
            self.due.put((key, step))

    def work(self):
        while True:
            self.do(*self.due.get())
