"""A session with kubectl: what is typed, and what must be answered, for every version alike.

1. A step's answer is matched by regular expressions, since versions word things differently.
2. From 1.32 on the commands that make one object send protobuf, all others JSON or YAML.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

APP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: shop}
data: {color: red}
---
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: shop}
stringData: {password: hunter2}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: nginx:1
        ports: [{containerPort: 8080}]
"""
SHARED = """
apiVersion: v1
kind: ConfigMap
metadata: {name: shared, namespace: shop}
data: {owner: first}
"""
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tools.kubectl.example.com}
spec:
  group: kubectl.example.com
  scope: Namespaced
  names: {plural: tools, singular: tool, kind: Tool, shortNames: [tl]}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            description: What the tool should be.
            type: object
            properties:
              size: {type: integer, minimum: 0}
"""
TOOL = """
apiVersion: kubectl.example.com/v1
kind: Tool
metadata: {name: hammer, namespace: shop}
spec: {size: 3}
"""


def dependent(uid):
    """Return an object that the Deployment owns."""
    owner = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "web",
        "uid": uid,
        "blockOwnerDeletion": True,
    }
    metadata = {"name": "owned", "namespace": "shop", "ownerReferences": [owner]}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})


@dataclass(frozen=True)
class Step:
    """One command."""

    command: str
    expect: tuple[str, ...] = ()
    stdin: str | None = None
    code: int = 0
    since: int = 0
    """The minor version from which on kubectl has it."""


STEPS = [
    Step("version", (r"v1\.36\.3",)),
    Step("cluster-info", (r"is running at",)),
    Step("get --raw /healthz", (r"^ok$",)),
    Step("api-versions", (r"^apps/v1$", r"^v1$")),
    Step(
        "api-resources --api-group=apps",
        (r"^deployments\s+deploy\s+apps/v1\s+true\s+Deployment$",),
    ),
    Step("get namespaces", (r"^default\s+Active", r"^kube-system\s+Active")),
    Step("explain deployment.spec.replicas", (r"FIELD:\s+replicas <integer>", "Number of desired")),
    Step("explain pod.spec.containers.ports", (r"containerPort\s+<integer>",)),
    Step("create namespace shop", (r"^namespace/shop created$",)),
    Step(
        "create namespace shop",
        (r'\(AlreadyExists\).*namespaces "shop" already exists',),
        code=1,
    ),
    Step("auth can-i create pods -n shop", (r"^yes$",)),
    Step(
        "apply -f -",
        (
            r"^configmap/conf created$",
            r"^secret/keys created$",
            r"^service/web created$",
            r"^deployment.apps/web created$",
        ),
        APP,
    ),
    Step("apply -f -", (r"^configmap/conf unchanged$", r"^deployment.apps/web unchanged$"), APP),
    Step(
        "get deploy,svc,cm -n shop -o wide",
        (
            r"^deployment.apps/web\s+0/2\s+0\s+0\s+\S+\s+c\s+nginx:1\s+app=web$",
            r"^service/web\s+ClusterIP\s+10\.\S+\s+<none>\s+80/TCP\s+\S+\s+app=web$",
            r"^configmap/conf\s+1\s+",
        ),
    ),
    Step("get deploy web -n shop -o jsonpath={.spec.strategy.type}", (r"^RollingUpdate$",)),
    Step("get secret keys -n shop -o jsonpath={.data.password}", (r"^aHVudGVyMg==$",)),
    Step("get cm -n shop -o name", (r"^configmap/conf$",)),
    Step("get cm -n shop --field-selector metadata.name=conf --no-headers", (r"^conf\s+1\s",)),
    Step("get deploy -A -l app=web", (r"^shop\s+web\s+0/2",)),
    Step("get deploy -A -l app!=web", (r"No resources found",)),
    Step("get cm -A --chunk-size=1 --sort-by=.metadata.name", (r"^shop\s+conf\s",)),
    Step("get pods -n nowhere", (r"No resources found in nowhere namespace",)),
    Step("get nothing", (r'the server doesn\'t have a resource type "nothing"',), code=1),
    Step("get deploy no -n shop", (r'\(NotFound\): deployments.apps "no" not found',), code=1),
    Step("describe deploy web -n shop", (r"^Name:\s+web$", r"^Selector:\s+app=web$")),
    Step("describe cm conf -n shop", (r"^color:$",)),
    Step(
        "diff -f -",
        (r"^-  replicas: 2$", r"^\+  replicas: 3$"),
        APP.replace("replicas: 2", "replicas: 3"),
        code=1,
    ),
    Step(
        "apply -f -",
        (r"^deployment.apps/web configured$", r"^configmap/conf unchanged$"),
        APP.replace("replicas: 2", "replicas: 3"),
    ),
    Step("get deploy web -n shop", (r"^web\s+0/3\s+0\s+0",)),
    Step("apply -f -", (r"^configmap/conf configured$",), APP.replace("color: red", "size: big")),
    Step("get cm conf -n shop -o jsonpath={.data}", (r'^\{"size":"big"\}$',)),
    Step(
        "apply -f -",
        (r"unknown field",),
        APP.replace("replicas: 2", "replicsa: 2"),
        code=1,
    ),
    Step(
        "apply -f -",
        (r'Deployment.*"web" is invalid', r"spec.replicas.*must be greater than or equal to 0"),
        APP.replace("replicas: 2", "replicas: -2"),
        code=1,
    ),
    Step("apply --server-side -f -", (r"^configmap/shared serverside-applied$",), SHARED),
    Step("diff --server-side -f -", (), SHARED),
    Step(
        "diff --server-side --force-conflicts -f -",
        (r"^-  owner: first$", r"^\+  owner: second$"),
        SHARED.replace("first", "second"),
        code=1,
    ),
    Step(
        "apply --server-side --field-manager=other -f -",
        (r"conflict with \"kubectl\".*\.data\.owner",),
        SHARED.replace("first", "second"),
        code=1,
    ),
    Step(
        "apply --server-side --field-manager=other --force-conflicts -f -",
        (r"^configmap/shared serverside-applied$",),
        SHARED.replace("first", "second"),
    ),
    Step("get cm shared -n shop -o jsonpath={.data.owner}", (r"^second$",)),
    Step(
        "apply --dry-run=server -f -",
        (r"^configmap/dry created \(server dry run\)$",),
        SHARED.replace("name: shared", "name: dry"),
    ),
    Step("get cm dry -n shop", (r"NotFound",), code=1),
    Step(
        'patch deploy web -n shop -p {"spec":{"replicas":5}}', (r"^deployment.apps/web patched$",)
    ),
    Step(
        'patch deploy web -n shop -p {"spec":{"template":{"spec":{"containers":[{"name":"c","image":"nginx:2"}]}}}}',
        (r"^deployment.apps/web patched$",),
    ),
    Step(
        "get deploy web -n shop -o jsonpath={.spec.template.spec.containers[0]['image','ports']}",
        (r'^nginx:2 \[.*"containerPort":8080.*\]$',),
    ),
    Step(
        'patch cm conf -n shop --type=merge -p {"data":{"size":null,"weight":"low"}}',
        (r"^configmap/conf patched$",),
    ),
    Step(
        'patch cm conf -n shop --type=json -p [{"op":"add","path":"/data/more","value":"yes"}]',
        (r"^configmap/conf patched$",),
    ),
    Step("get cm conf -n shop -o jsonpath={.data}", (r'"more":"yes","weight":"low"\}$',)),
    Step(
        'patch cm conf -n shop --type=json -p [{"op":"test","path":"/data/more","value":"no"}]',
        (r"(?i)invalid",),
        code=1,
    ),
    Step("edit cm conf -n shop", (r"^configmap/conf edited$",)),
    Step("get cm conf -n shop -o jsonpath={.data.weight}", (r"^high$",)),
    Step("scale deploy web -n shop --replicas=7", (r"^deployment.apps/web scaled$",)),
    Step("set image deploy/web -n shop c=nginx:3", (r"^deployment.apps/web image updated$",)),
    Step("label cm conf -n shop tier=front", (r"^configmap/conf labeled$",)),
    Step("annotate cm conf -n shop note=hello", (r"^configmap/conf annotated$",)),
    Step("get cm -n shop -l tier=front --show-labels", (r"^conf\s+3\s+\S+\s+tier=front$",)),
    Step(
        "replace -f -",
        (r"^configmap/shared replaced$",),
        SHARED.replace("first", "third"),
    ),
    Step(
        "replace -f -",
        (r"\(Conflict\).*the object has been modified",),
        SHARED.replace("namespace: shop", 'namespace: shop, resourceVersion: "1"'),
        code=1,
    ),
    Step(
        "create configmap literal -n shop --from-literal=a=b",
        (r"^configmap/literal created$",),
    ),
    Step(
        "create deployment made -n shop --image=nginx",
        (r"^deployment.apps/made created$",),
    ),
    Step("run one -n shop --image=nginx --restart=Never", (r"^pod/one created$",)),
    Step("get pod one -n shop", (r"^one\s+0/1\s+Pending\s+0\s",)),
    Step("create job once -n shop --image=busybox -- true", (r"^job.batch/once created$",)),
    Step("expose deploy made -n shop --port=80", (r"^service/made exposed$",)),
    Step(
        "get all -n shop",
        (r"^pod/one\s", r"^service/web\s", r"^deployment.apps/web\s"),
    ),
    Step(
        "apply -f -",
        (r"customresourcedefinition.apiextensions.k8s.io/tools.kubectl.example.com created",),
        CRD,
    ),
    Step(
        "wait --for=condition=established --timeout=10s crd/tools.kubectl.example.com",
        (r"condition met$",),
    ),
    Step("apply -f -", (r"^tool.kubectl.example.com/hammer created$",), TOOL),
    Step("get tools -n shop", (r"^NAME\s+SIZE$", r"^hammer\s+3$")),
    Step("explain tool.spec", (r"What the tool should be", r"size\s+<integer>")),
    Step(
        "apply -f -",
        (r"is invalid: spec.size: .*should be greater than or equal to 0",),
        TOOL.replace("size: 3", "size: -3"),
        code=1,
    ),
    Step(
        "apply --server-side --force-conflicts -f -",
        (r"^tool.kubectl.example.com/hammer serverside-applied$",),
        TOOL.replace("size: 3", "size: 4"),
    ),
    Step("get tool hammer -n shop -o jsonpath={.spec.size}", (r"^4$",)),
    Step("delete tool hammer -n shop", (r'^tool.kubectl.example.com "hammer" deleted',)),
    Step("create -f -", (r"^configmap/owned created$",), "DEPENDENT"),
    Step(
        "delete deploy web -n shop --cascade=foreground --timeout=20s",
        (r'^deployment.apps "web" deleted',),
    ),
    Step("get cm owned -n shop", (r"NotFound",), code=1),
    Step("wait --for=delete deploy/made -n shop --timeout=1s", (r"timed out waiting",), code=1),
    Step("delete deploy made -n shop --cascade=orphan", (r'^deployment.apps "made" deleted',)),
    Step("wait --for=delete deploy/made -n shop --timeout=10s", (), since=27),
    Step("delete pod one -n shop --grace-period=0 --force", (r'^pod "one" (force )?deleted',)),
    Step("delete cm --all -n shop", (r'^configmap "conf" deleted', r'^configmap "shared" deleted')),
    Step("delete crd tools.kubectl.example.com", (r"deleted",)),
    Step("get events -n shop", (r"No resources found",)),
    Step("delete namespace shop --timeout=30s", (r'^namespace "shop" deleted$',)),
    Step("get namespace shop", (r"NotFound",), code=1),
    Step("get svc -n shop", (r"No resources found in shop namespace",)),
    Step("auth whoami", (r"(?i)username",), since=28),
]
