"""kubectl against the server, every version that is there: one long session, and a watch."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from kubectl_session import STEPS, dependent
from process import started
from wire import call

CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {{name: {}}}
data: {{a: b}}
"""


def _found():
    """Return the programs: the one in the path, and those named in the environment."""
    named = filter(None, os.environ.get("RECONCILE_KUBECTL", "").split(os.pathsep))
    return [program for program in (shutil.which("kubectl"), *named) if program]


@pytest.fixture(params=_found() or [None])
def kubectl(request, tmp_path):
    """Run a program against a server of its own; return its exit code and all it says."""
    if request.param is None:
        pytest.skip("kubectl is not installed")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i.bak "s/weight: low/weight: high/" "$1"\n')
    editor.chmod(0o700)
    with started(tmp_path) as server:
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "KUBECACHEDIR": str(tmp_path / "cache"),
            "KUBECONFIG": server.kubeconfig,
            "KUBE_EDITOR": str(editor),
            "NO_PROXY": "127.0.0.1",
        }
        yield Kubectl(request.param, environment, server)


class Kubectl:
    """A program, its environment, and the server it speaks to."""

    def __init__(self, program, environment, server):
        self.program = program
        self.environment = environment
        self.server = server
        said = self("version", "--client", "-o", "json")[1]
        self.minor = int(re.search(r'"minor": "(\d+)', said)[1])

    def __call__(self, *words, stdin=None):
        """Run a command to its end."""
        ran = subprocess.run(
            [self.program, *words],
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment,
            timeout=60,
            check=False,
        )
        return ran.returncode, ran.stdout

    def begun(self, *words):
        """Run a command that does not end by itself."""
        return subprocess.Popen(
            [self.program, *words], stdout=subprocess.PIPE, text=True, env=self.environment
        )


@pytest.mark.slow
def test_a_session(kubectl, tmp_path):
    """Everything that people do with kubectl answers as a real server does, step by step."""
    told, wrong = [], []
    for step in STEPS:
        if kubectl.minor < step.since:
            continue
        stdin = step.stdin
        if stdin == "DEPENDENT":
            path = "/apis/apps/v1/namespaces/shop/deployments/web"
            stdin = dependent(json.loads(call(kubectl.server, "GET", path)[2])["metadata"]["uid"])
        code, said = kubectl(*step.command.split(), stdin=stdin)
        told.append(f"$ kubectl {step.command}\n{said}")
        missing = [each for each in step.expect if not re.search(each, said, re.MULTILINE)]
        if code != step.code or missing:
            wrong.append(f"$ kubectl {step.command}\nexit {code}, misses {missing}:\n{said}")
    folder = os.environ.get("RECONCILE_TRANSCRIPTS")
    if folder:
        name = f"kubectl-1.{kubectl.minor}.txt"
        Path(folder, name).write_text("\n".join(told), encoding="utf-8")
    assert not wrong, "\n".join(wrong)


def test_a_watch(kubectl):
    """`get -w` shows what is there, then every change as it comes."""
    kubectl("apply", "-f", "-", stdin=CONFIG_MAP.format("before"))
    with kubectl.begun("get", "cm", "-w", "--no-headers") as watching:
        late = threading.Timer(60, watching.kill)  # what does not come is not waited for
        late.start()
        try:
            assert watching.stdout.readline().split()[:2] == ["before", "1"]
            kubectl("apply", "-f", "-", stdin=CONFIG_MAP.format("after"))
            assert watching.stdout.readline().split()[:2] == ["after", "1"]
            kubectl("patch", "cm", "after", "-p", '{"data":{"c":"d"}}')
            assert watching.stdout.readline().split()[:2] == ["after", "2"]
            kubectl("delete", "cm", "after")
            assert watching.stdout.readline().split()[:2] == ["after", "2"]
        finally:
            late.cancel()
            watching.terminate()
