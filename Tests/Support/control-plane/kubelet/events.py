"""Events as a kubelet posts them: repeated ones are counted up."""
import queue
import threading
import uuid

from api import ApiError, log, stamp


class Events:
    def __init__(self, api, which):
        self.api, self.which = api, which
        self.waiting = queue.SimpleQueue()
        self.posted = {}
        threading.Thread(target=self.post, daemon=True).start()

    def add(self, pod, kind, reason, message):
        if self.which == "none" or self.which == "warnings" \
                and kind == "Normal":
            return
        self.waiting.put((pod, kind, reason, message))

    def post(self):
        while True:
            pod, kind, reason, message = self.waiting.get()
            key = (pod.uid, reason, message)
            try:
                self.post_one(pod, kind, reason, message, key)
            except ApiError as error:
                # The namespace may be on its way out, or the event expired.
                self.posted.pop(key, None)
                if error.status not in (403, 404, 409):
                    log("event", error)
            except Exception as error:
                log("event", repr(error))
            if len(self.posted) > 100_000:
                self.posted.clear()

    def post_one(self, pod, kind, reason, message, key):
        path = f"/api/v1/namespaces/{pod.namespace}/events"
        now = stamp()
        if key in self.posted:
            name, count = self.posted[key]
            self.posted[key] = (name, count + 1)
            self.api.merge(
                f"{path}/{name}", {"count": count + 1, "lastTimestamp": now})
            return
        name = f"{pod.name}.{uuid.uuid4().hex[:16]}"
        self.posted[key] = (name, 1)
        self.api.post(path, {
            "metadata": {"name": name, "namespace": pod.namespace},
            "type": kind, "reason": reason, "message": message, "count": 1,
            "firstTimestamp": now, "lastTimestamp": now,
            "source": {"component": "kubelet", "host": pod.node},
            "involvedObject": {
                "kind": "Pod", "apiVersion": "v1", "uid": pod.uid,
                "namespace": pod.namespace, "name": pod.name,
            },
        })
