"""The objectstore from nothing to rest, in a simulated cluster: what `make demo` shows first."""

from time import perf_counter

from controller import Objectstore, controller

from reconcile import JsonIn, ready
from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import Pod, Secret
from reconcile.simulate import Cluster


def main() -> None:
    """Make a store, take something away from it, change it, and show what came of that."""
    begin = perf_counter()
    cluster = Cluster(controller)
    spec: dict[str, JsonIn] = {
        "selector": {"matchLabels": {"app": "store"}},
        "storage": {"class": "standard"},
    }
    cluster.create(Objectstore.of("store", spec=spec))
    cluster.settle()
    keys = cluster.get(Secret, "store").data

    cluster.delete(Deployment, "store")
    cluster.settle()

    cluster.patch(Objectstore, "store", {"spec": {"image": {"tag": "2"}}})
    cluster.settle()

    print("# A team creates a store, deletes its Deployment, and asks for another image")
    print(cluster.timeline())
    print("\n# Who belongs to whom")
    print(cluster.tree())

    # From here on built-in controllers, a kubelet, a scheduler and a provisioner act too.
    cluster.run_workloads()
    cluster.settle()
    [pod] = cluster.list(Pod)
    assert ready(cluster.get(Objectstore, "store"))
    assert cluster.get(Secret, "store").data == keys

    print("\n# And where Pods can run")
    print(cluster.tree())
    print(f"\n# Settled, in {perf_counter() - begin:.2f} s of yours")
    print(f"The Pod runs {pod.spec.containers[0].image}; the keys are those that were made first.")


if __name__ == "__main__":
    main()
