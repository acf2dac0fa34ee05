"""Typed objects beside those of other packages: `python -m benchmarks.kinds [--json]`.

1. Each package runs in a process of its own, because three versions of one of them are asked. The
   processes take turns, question by question and round by round; what counts is the ratio of a
   round to ours.
2. RECONCILE_KINDS_PEERS names a folder with one folder for each peer, made with
   `pip install --target`; what is missing is said, with the command.
3. Before it is timed, each side has to give the same document as all others.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median, quantiles
from types import SimpleNamespace
from typing import Any

__all__ = ["IMPORTS", "PEERS", "QUESTIONS", "main", "sides"]

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "RECONCILE_KINDS_PEERS"
PEERS = {
    "kubernetes-37": "kubernetes==37.*",
    "kubernetes-36": "kubernetes==36.*",
    "kubernetes-34": "kubernetes==34.*",
    "kubex": "kubex-k8s-1-37==0.1.0b1",
    "lightkube-models": "lightkube-models==1.37.* lightkube",
    "cloudcoil": "cloudcoil-models-kubernetes==1.32.*",
}
"""Folder -> what is installed in it."""
IMPORTS = {
    "reconcile": "import reconcile.kinds.apps_v1, reconcile.kinds.core_v1",
    "kubernetes-37": "import kubernetes.client; kubernetes.client.V1Deployment",
    "kubernetes-36": "import kubernetes.client; kubernetes.client.V1Deployment",
    "kubernetes-34": "import kubernetes.client; kubernetes.client.V1Deployment",
    "kubex": "import kubex.k8s.v1_37.apps.v1.deployment",
    "lightkube-models": "import lightkube.models.apps_v1",
    "cloudcoil": "import cloudcoil.models.kubernetes.apps.v1",
}
QUESTIONS = {
    "build": "building a Deployment with nested types",
    "read": "d.spec.template.spec.containers[0].image",
    "parse": "from JSON bytes",
    "dump": "to a dict of wire names",
    "make": "built, and to a dict of wire names",
}
LABELS = {"app": "web"}
WANTED: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "demo", "labels": LABELS},
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "nginx:1.27",
                        "ports": [{"containerPort": 80}],
                        "env": [{"name": "A", "value": "b"}],
                        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
                    }
                ]
            },
        },
    },
}
TEXT = json.dumps(WANTED).encode()
Calls = dict[str, Callable[..., Any]]


def _nested(make: Any, *, camel: bool) -> Any:
    """Return the Deployment, made of the classes of a package with the keywords it takes."""

    def named(name: str) -> str:
        words = name.split("_")
        return words[0] + "".join(map(str.title, words[1:])) if camel else name

    match_labels, container_port, api_version = map(
        named, ("match_labels", "container_port", "api_version")
    )

    def build() -> Any:
        return make.Deployment(
            **{api_version: "apps/v1"},
            kind="Deployment",
            metadata=make.ObjectMeta(name="web", namespace="demo", labels=LABELS),
            spec=make.DeploymentSpec(
                replicas=3,
                selector=make.LabelSelector(**{match_labels: LABELS}),
                template=make.PodTemplateSpec(
                    metadata=make.ObjectMeta(labels=LABELS),
                    spec=make.PodSpec(
                        containers=[
                            make.Container(
                                name="web",
                                image="nginx:1.27",
                                ports=[make.ContainerPort(**{container_port: 80})],
                                env=[make.EnvVar(name="A", value="b")],
                                resources=make.ResourceRequirements(
                                    requests={"cpu": "100m", "memory": "64Mi"}
                                ),
                            )
                        ]
                    ),
                ),
            ),
        )

    return build


def _reconcile() -> Calls:
    from reconcile.kinds import apps_v1, core_v1, meta_v1
    from reconcile.value import decode_object

    def build() -> Any:
        return apps_v1.Deployment(
            "web",
            namespace="demo",
            labels=LABELS,
            spec=apps_v1.DeploymentSpec(
                replicas=3,
                selector=meta_v1.LabelSelector(match_labels=LABELS),
                template=core_v1.PodTemplateSpec(
                    metadata=meta_v1.ObjectMeta(labels=LABELS),
                    spec=core_v1.PodSpec(
                        containers=[
                            core_v1.Container(
                                name="web",
                                image="nginx:1.27",
                                ports=[core_v1.ContainerPort(container_port=80)],
                                env=[core_v1.EnvVar(name="A", value="b")],
                                resources=core_v1.ResourceRequirements(
                                    requests={"cpu": "100m", "memory": "64Mi"}
                                ),
                            )
                        ]
                    ),
                ),
            ),
        )

    made = build()
    return {
        "build": build,
        "read": lambda: made.spec.template.spec.containers[0].image,
        "parse": lambda: apps_v1.Deployment.of(decode_object(TEXT)),
        "dump": lambda: made.raw,
        "dict": lambda thing: thing.raw,
    }


def _kubernetes() -> Calls:
    from kubernetes import client

    kinds = "Container ContainerPort Deployment DeploymentSpec EnvVar LabelSelector ObjectMeta"
    kinds += " PodSpec PodTemplateSpec ResourceRequirements"
    make = SimpleNamespace(**{name: getattr(client, f"V1{name}") for name in kinds.split()})
    build = _nested(make, camel=False)
    made = build()
    api = client.ApiClient()
    kind = client.V1Deployment
    if hasattr(kind, "from_dict"):
        parse = lambda: kind.from_dict(json.loads(TEXT))  # noqa: E731
    else:
        parse = lambda: api.deserialize(SimpleNamespace(data=TEXT), kind)  # noqa: E731
    return {
        "build": build,
        "read": lambda: made.spec.template.spec.containers[0].image,
        "parse": parse,
        "dump": lambda: api.sanitize_for_serialization(made),
        "dict": api.sanitize_for_serialization,
    }


def _lightkube() -> Calls:
    from lightkube.models import apps_v1, core_v1, meta_v1

    made_of = {**vars(core_v1), **vars(apps_v1), **vars(meta_v1)}
    build = _nested(SimpleNamespace(**made_of), camel=True)
    made = build()
    return {
        "build": build,
        "read": lambda: made.spec.template.spec.containers[0].image,
        "parse": lambda: apps_v1.Deployment.from_dict(json.loads(TEXT)),
        "dump": made.to_dict,
        "dict": lambda thing: thing.to_dict(),
    }


def _pydantic(names: dict[str, Any]) -> Calls:
    build = _nested(SimpleNamespace(**names), camel=False)
    made = build()
    kind = names["Deployment"]

    def dump(thing: Any) -> Any:
        return thing.model_dump(mode="json", by_alias=True, exclude_none=True)

    return {
        "build": build,
        "read": lambda: made.spec.template.spec.containers[0].image,
        "parse": lambda: kind.model_validate_json(TEXT),
        "dump": lambda: dump(made),
        "dict": dump,
    }


def _kubex() -> Calls:
    found: dict[str, Any] = {}
    for module in (
        *("apps.v1.deployment", "apps.v1.deployment_spec", "core.v1.container"),
        *("core.v1.container_port", "core.v1.env_var", "core.v1.pod_spec"),
        *("core.v1.pod_template_spec", "core.v1.resource_requirements", "meta.v1.label_selector"),
    ):
        found |= vars(import_module(f"kubex.k8s.v1_37.{module}"))
    return _pydantic({**found, "ObjectMeta": found["ObjectMetadata"]})


def _cloudcoil() -> Calls:
    from cloudcoil import apimachinery
    from cloudcoil.models.kubernetes.apps import v1 as apps
    from cloudcoil.models.kubernetes.core import v1 as core

    return _pydantic({**vars(core), **vars(apps), **vars(apimachinery)})


SIDES: dict[str, Callable[[], Calls]] = {
    "reconcile": _reconcile,
    "kubernetes-37": _kubernetes,
    "kubernetes-36": _kubernetes,
    "kubernetes-34": _kubernetes,
    "kubex": _kubex,
    "lightkube-models": _lightkube,
    "cloudcoil": _cloudcoil,
}


def serve(name: str) -> None:
    """Answer lines `QUESTION REPEAT` with the seconds of one call, until there are no more."""
    calls = SIDES[name]()
    build, as_dict = calls["build"], calls["dict"]
    calls["make"] = lambda: as_dict(build())
    for question in ("build", "parse"):
        found = as_dict(calls[question]())
        if found != WANTED:
            raise SystemExit(f"{name}: {question} gives another document: {found}")
    if calls["dump"]() != WANTED or calls["read"]() != "nginx:1.27":
        raise SystemExit(f"{name}: reads or dumps another document")
    print("ready", flush=True)
    for line in sys.stdin:
        question, repeat = line.split()
        call = calls[question]
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        for _ in range(int(repeat)):
            call()
        print((time.perf_counter() - start) / int(repeat), flush=True)
        gc.enable()


def sides() -> tuple[dict[str, str], list[str]]:
    """Return what each side that is there has on its path, and what to do for the others."""
    folder = os.environ.get(FOLDER, "")
    found, missing = {"reconcile": ""}, []
    for name, wanted in PEERS.items():
        path = Path(folder) / name
        if folder and path.is_dir():
            found[name] = str(path)
        else:
            where = folder or f"${FOLDER}"
            quoted = " ".join(f"'{part}'" for part in wanted.split())
            missing.append(f"{name}: pip install --target {where}/{name} {quoted}")
    return found, missing


def _environment(path: str, cache: str) -> dict[str, str]:
    kept = {key: item for key, item in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    paths = [part for part in (path, str(ROOT)) if part]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONPYCACHEPREFIX": cache}


IMPORT = """
import sys, time
def size():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
before, start = size(), time.perf_counter()
{}
print(time.perf_counter() - start, size() - before, len(sys.modules))
"""


def imported(name: str, path: str, cache: str, rounds: int) -> tuple[float, float]:
    """Return what an import takes in a fresh process, its bytecode there. Units: seconds, bytes."""
    command = [sys.executable, "-c", IMPORT.format(IMPORTS[name])]
    runs = []
    for _ in range(rounds + 1):
        done = subprocess.run(
            command, env=_environment(path, cache), capture_output=True, text=True, check=True
        )
        runs.append([float(word) for word in done.stdout.split()])
    return median(run[0] for run in runs[1:]), median(run[1] for run in runs[1:])


def asked(
    found: dict[str, str], cache: str, rounds: int, repeat: int
) -> dict[str, dict[str, list[float]]]:
    """Return the seconds of each round, by question and side. All sides take turns."""
    processes = {
        name: subprocess.Popen(
            [sys.executable, "-m", "benchmarks.kinds", "--side", name],
            env=_environment(path, cache),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for name, path in found.items()
    }
    taken: dict[str, dict[str, list[float]]] = {
        question: {name: [] for name in found} for question in QUESTIONS
    }
    try:
        for name, process in processes.items():
            assert process.stdout is not None
            if process.stdout.readline().strip() != "ready":
                raise SystemExit(f"{name} does not answer")
        for question in QUESTIONS:
            for round_ in range(rounds + 1):
                for name, process in processes.items():
                    assert process.stdin is not None
                    assert process.stdout is not None
                    process.stdin.write(f"{question} {repeat}\n")
                    process.stdin.flush()
                    seconds = float(process.stdout.readline())
                    if round_:  # the first warms up
                        taken[question][name].append(seconds)
    finally:
        for process in processes.values():
            process.kill()
            process.communicate()  # closes what it was asked through
    return taken


def _ratio(ours: list[float], theirs: list[float]) -> str:
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    low, _, high = quantiles(ratios, n=4)
    return f"{1 / median(ratios):.2f} ({1 / high:.2f}..{1 / low:.2f})"


def main(*, rounds: int = 9, repeat: int = 2000) -> None:
    """Print the tables."""
    found, missing = sides()
    with tempfile.TemporaryDirectory() as cache:
        imports = {
            name: imported(name, path, cache, min(rounds, 7)) for name, path in found.items()
        }
        taken = asked(found, cache, rounds, repeat)
    if "--json" in sys.argv:
        print(json.dumps({"imports": imports, "seconds": taken, "missing": missing}, indent=2))
        return
    python = f"{platform.python_implementation()} {platform.python_version()}"
    cpus = os.cpu_count()
    print(f"{python}, {platform.machine()}, {cpus} cores, {platform.system()}\n")
    print("| package | import ms | MB | " + " us | ".join(QUESTIONS) + " us |")
    print("|---|--:|--:|" + "--:|" * len(QUESTIONS))
    for name, (seconds, size) in imports.items():
        times = " | ".join(f"{median(taken[one][name]) * 1e6:.2f}" for one in QUESTIONS)
        print(f"| {name} | {seconds * 1e3:.0f} | {size / 1e6:.1f} | {times} |")
    print("\nTheir time divided by ours, round by round: median and quartiles.\n")
    print("| package | " + " | ".join(QUESTIONS) + " |")
    print("|---|" + "--:|" * len(QUESTIONS))
    for name in [name for name in found if name != "reconcile"]:
        ratios = [_ratio(taken[one]["reconcile"], taken[one][name]) for one in QUESTIONS]
        print(f"| {name} | " + " | ".join(ratios) + " |")
    for line in missing:
        print(f"missing: {line}")


if __name__ == "__main__":
    if "--side" in sys.argv:
        serve(sys.argv[sys.argv.index("--side") + 1])
    else:
        main()
