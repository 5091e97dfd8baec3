"""Binds claims: a StorageClass, and a volume for every claim that wants it.

The volume controller does the binding itself once a volume names its claim.
"""
from api import ApiError, log

CLASS = "standard"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
VOLUMES = "/api/v1/persistentvolumes"
CLAIMS = "/api/v1/persistentvolumeclaims"


class Claims:
    def __init__(self, api):
        self.api = api

    def make_class(self):
        default = "storageclass.kubernetes.io/is-default-class"
        try:
            self.api.post(CLASSES, {
                "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
                "metadata": {"name": CLASS, "annotations": {default: "true"}},
                "provisioner": "fake-kubelet", "reclaimPolicy": "Delete",
                "volumeBindingMode": "Immediate",
                "allowVolumeExpansion": True,
            })
        except ApiError as error:
            if error.status != 409:
                raise

    def follow_claims(self):
        self.api.follow(CLAIMS, self.see_all, self.see)

    def follow_volumes(self):
        self.api.follow(VOLUMES, self.see_all_volumes, self.see_volume)

    def see_all(self, claims):
        for claim in claims:
            self.see("ADDED", claim)

    def see(self, kind, claim):
        spec, meta = claim["spec"], claim["metadata"]
        if kind == "DELETED" or meta.get("deletionTimestamp") \
                or spec.get("volumeName") \
                or spec.get("storageClassName") != CLASS:
            return
        name = f"pvc-{meta['uid']}"
        body = {
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "storageClassName": CLASS,
                "capacity": spec["resources"]["requests"],
                "accessModes": spec["accessModes"],
                "volumeMode": spec.get("volumeMode", "Filesystem"),
                "persistentVolumeReclaimPolicy": "Delete",
                "hostPath": {"path": f"/fake/{name}"},
                "claimRef": {
                    "apiVersion": "v1", "kind": "PersistentVolumeClaim",
                    "namespace": meta["namespace"], "name": meta["name"],
                    "uid": meta["uid"],
                },
            },
        }
        try:
            self.api.post(VOLUMES, body)
        except ApiError as error:
            if error.status != 409:
                log("claim", meta["name"], error)

    def see_all_volumes(self, volumes):
        for volume in volumes:
            self.see_volume("ADDED", volume)

    def see_volume(self, kind, volume):
        name = volume["metadata"]["name"]
        released = volume.get("status", {}).get("phase") in (
            "Released", "Failed")
        if kind == "DELETED" or not released \
                or volume["spec"].get("storageClassName") != CLASS:
            return
        try:
            self.api.delete(f"{VOLUMES}/{name}")
        except ApiError as error:
            if error.status != 404:
                log("volume", name, error)
