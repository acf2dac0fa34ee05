"""Jobs that go some time after they ended."""

from __future__ import annotations

import pytest

from reconcile.simulate.faults import On, Refused
from tests.simulate.actors.batch import Batch, job


@pytest.fixture
def cluster():
    return Batch()


def _ended(cluster, **spec):
    cluster.create(job(**spec))
    cluster.end(cluster.running()[0], "Succeeded")
    assert cluster.told()[-1][0] == "Complete"


def test_a_job_goes_with_its_pods_when_its_time_is_over(cluster):
    """Not before."""
    _ended(cluster, ttlSecondsAfterFinished=30)
    cluster.wait(29)
    assert cluster.job() is not None
    cluster.wait(1)
    assert (cluster.job(), cluster.names("Pod")) == (None, [])


def test_a_job_without_a_time_stays(cluster):
    """Until it is given one."""
    _ended(cluster)
    cluster.wait(3600)
    assert cluster.job() is not None
    cluster.patch("Job", "j", {"spec": {"ttlSecondsAfterFinished": 10}})
    assert cluster.job() is None


def test_a_job_that_has_not_ended_stays(cluster):
    """Its time begins when it ends."""
    cluster.create(job(ttlSecondsAfterFinished=0))
    cluster.wait(3600)
    assert cluster.job() is not None
    cluster.end(cluster.running()[0], "Succeeded")
    assert cluster.job() is None


def test_a_time_that_is_put_off_counts(cluster):
    """And one that is taken away."""
    _ended(cluster, ttlSecondsAfterFinished=30)
    cluster.patch("Job", "j", {"spec": {"ttlSecondsAfterFinished": 60}})
    cluster.wait(59)
    assert cluster.job() is not None
    cluster.patch("Job", "j", {"spec": {"ttlSecondsAfterFinished": None}})
    cluster.wait(3600)
    assert cluster.job() is not None


def test_a_job_goes_in_the_foreground(cluster):
    """It waits for a Pod that something holds, and is not deleted again."""
    _ended(cluster, ttlSecondsAfterFinished=30)
    name = cluster.names("Pod")[0]
    cluster.patch("Pod", name, {"metadata": {"finalizers": ["a.example.com/b"]}})
    cluster.wait(30)
    assert cluster.job()["metadata"]["finalizers"] == ["foregroundDeletion"]
    before = cluster.version()
    cluster.wait(3600)
    assert cluster.version() == before
    cluster.patch("Pod", name, {"metadata": {"finalizers": None}})
    assert cluster.job() is None


def test_a_refused_deletion_is_tried_again(cluster):
    """After a second."""
    _ended(cluster, ttlSecondsAfterFinished=30)
    on = On("DELETE", user="kube-controller-manager")
    cluster.server.faults = (Refused(500, on),)
    cluster.wait(30)
    assert cluster.job() is not None
    cluster.wait(1)
    assert cluster.job() is None


def test_a_job_that_is_gone_is_forgotten(cluster):
    """Before its time, by somebody else's hand."""
    _ended(cluster, ttlSecondsAfterFinished=30)
    cluster.delete("Job", "j", propagationPolicy="Background")
    cluster.wait(60)
    assert cluster.job() is None
