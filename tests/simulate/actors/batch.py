"""Jobs and CronJobs for tests, and a cluster that runs them."""

from __future__ import annotations

from typing import Any

from reconcile.simulate.actors.cronjob import CronJobController
from reconcile.simulate.actors.job import JobController
from reconcile.simulate.actors.ttl_after_finished import TtlAfterFinishedController
from reconcile.simulate.server.clock import stamp
from tests.simulate.actors.cluster import Cluster

__all__ = ["Batch", "cron", "job", "pod"]


def job(name: str = "j", **spec: Any) -> dict[str, Any]:
    """Return a Job of one Pod, unless its spec says otherwise."""
    template = {"spec": {"containers": [{"name": "c", "image": "img"}], "restartPolicy": "Never"}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"template": template, **spec},
    }


def cron(schedule: str = "* * * * *", name: str = "c", **spec: Any) -> dict[str, Any]:
    """Return a CronJob."""
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": job()["spec"]}, **spec},
    }


def pod(name: str = "p", phase: str = "", spec: Any = None, **status: Any) -> dict[str, Any]:
    """Return a Pod as it is read."""
    about = {"name": name, "namespace": "default", "uid": f"uid-{name}"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": about,
        "spec": spec or {},
        "status": {**({"phase": phase} if phase else {}), **status},
    }


class Batch(Cluster):
    """A cluster with the controllers of Jobs and CronJobs."""

    def __init__(self) -> None:
        super().__init__(JobController(), CronJobController(), TtlAfterFinishedController())
        self.wait()

    def job(self, name: str = "j") -> dict[str, Any]:
        """Return a Job."""
        return self.get("Job", name)

    def status(self, name: str = "j") -> dict[str, Any]:
        """Return the status of a Job."""
        return self.job(name)["status"]

    def told(self, name: str = "j") -> list[tuple[str, str, str]]:
        """Return the conditions of a Job: type, status, reason."""
        conditions = self.status(name).get("conditions", ())
        return [(each["type"], each["status"], each["reason"]) for each in conditions]

    def running(self) -> list[dict[str, Any]]:
        """Return the Pods that have not ended and are not being deleted, oldest first."""
        found = [
            each
            for each in self.list("Pod")
            if each["status"].get("phase") in ("Pending", "Running")
            and "deletionTimestamp" not in each["metadata"]
        ]
        return sorted(found, key=lambda each: int(each["metadata"]["resourceVersion"]))

    def end(self, one: dict[str, Any], phase: str, code: int = 0, when: str = "") -> None:
        """Report that a Pod has ended, now unless said otherwise."""
        ended = {"exitCode": code, "finishedAt": when or stamp(self.server.world.now)}
        container = {
            "name": "c",
            "image": "img",
            "imageID": "",
            "ready": False,
            "restartCount": 0,
            "state": {"terminated": ended},
        }
        path = f"/api/v1/namespaces/default/pods/{one['metadata']['name']}/status"
        body = {"status": {"phase": phase, "containerStatuses": [container]}}
        self.ask("PATCH", path, body, content_type="application/strategic-merge-patch+json")
