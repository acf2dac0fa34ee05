"""An object store for a team: Secret, volume, Service and Deployment from one object."""

from string import ascii_letters, ascii_uppercase, digits

from reconcile import (
    Child,
    Column,
    Condition,
    Contribution,
    Controller,
    LabelSelector,
    Model,
    Observed,
    Parent,
    Quantity,
    all_of,
    base64_values,
    once,
    ready,
    rule,
)
from reconcile.kinds.apps_v1 import Deployment, DeploymentSpec
from reconcile.kinds.core_v1 import (
    Container,
    ContainerPort,
    EnvVar,
    EnvVarSource,
    PersistentVolumeClaim,
    PersistentVolumeClaimSpec,
    PodSpec,
    PodTemplateSpec,
    Probe,
    Secret,
    SecretKeySelector,
    SecretVolumeSource,
    Service,
    ServicePort,
    ServiceSpec,
    TCPSocketAction,
    Volume,
)
from reconcile.kinds.meta_v1 import LabelSelector as Selector
from reconcile.kinds.meta_v1 import ObjectMeta

PORT = 9000


class Image(Model):
    """Where the server's image comes from."""

    registry: str = ""
    repository: str = "minio/minio"
    tag: str = "latest"

    @property
    def name(self) -> str:
        """Return the image as a container names it."""
        registry = f"{self.registry}/" if self.registry else ""
        return f"{registry}{self.repository}:{self.tag}"


class Storage(Model):
    """How much room there is, and of which class."""

    size: Quantity = Quantity("10Gi")
    class_: str | None = None


class ObjectstoreSpec(Model):
    """What a team asks for."""

    selector: LabelSelector | None = None
    labels: dict[str, str] = {}
    image: Image = Image()
    storage: Storage = Storage()


class ObjectstoreStatus(Model):
    """What a team gets to know; conditions and observedGeneration come with every status."""

    endpoint: str | None = None


class Objectstore(
    Parent[ObjectstoreSpec, ObjectstoreStatus],
    group="unstable.mycompany.com",
    version="v1alpha1",
    columns=[
        Column("Endpoint", type="string", json_path=".status.endpoint"),
        Column("Ready", type="string", json_path='.status.conditions[?(@.type=="Ready")].status'),
    ],
):
    """An S3-compatible object store for one team."""


def labels(observed: Observed[Objectstore]) -> dict[str, str]:
    """Return the labels of every child: those asked for, and those the selector looks for."""
    spec = observed.parent.spec
    wanted = spec.selector.match_labels if spec.selector else None
    return {**spec.labels, **(wanted or {})}


@rule
def keys(observed: Observed[Objectstore]) -> Secret:
    """Access keys: generated once, then kept as they are."""
    access = observed.token("accesskey", length=20, alphabet=ascii_uppercase + digits)
    secret = observed.token("secretkey", length=45, alphabet=ascii_letters + digits)
    return once(
        Secret(
            observed.parent.name,
            labels=labels(observed),
            type="Opaque",
            data=base64_values({"accesskey": access, "secretkey": secret}),
        )
    )


@rule
def volume(observed: Observed[Objectstore]) -> PersistentVolumeClaim:
    """Room for the objects."""
    storage = observed.parent.spec.storage
    return PersistentVolumeClaim(
        observed.parent.name,
        labels=labels(observed),
        spec=PersistentVolumeClaimSpec(
            access_modes=["ReadWriteOnce"],
            resources={"requests": {"storage": str(storage.size)}},
            storage_class_name=storage.class_,
        ),
    )


@rule
def service(observed: Observed[Objectstore]) -> Service:
    """The address under which the store is found."""
    return Service(
        observed.parent.name,
        labels=labels(observed),
        spec=ServiceSpec(
            type="ClusterIP",
            selector=labels(observed),
            ports=[ServicePort(name="service", port=PORT, target_port=PORT, protocol="TCP")],
        ),
    )


@rule
def workload(observed: Observed[Objectstore]) -> Deployment:
    """The server itself."""
    name = observed.parent.name
    credentials = [
        EnvVar(
            name=variable,
            value_from=EnvVarSource(secret_key_ref=SecretKeySelector(name=name, key=key)),
        )
        for variable, key in (("MINIO_ACCESS_KEY", "accesskey"), ("MINIO_SECRET_KEY", "secretkey"))
    ]
    server = Container(
        name="minio",
        image=observed.parent.spec.image.name,
        image_pull_policy="IfNotPresent",
        args=["server", "/export"],
        ports=[ContainerPort(name="service", container_port=PORT)],
        env=credentials,
        liveness_probe=Probe(tcp_socket=TCPSocketAction(port=PORT), timeout_seconds=1),
    )
    user = Volume(name="minio-user", secret=SecretVolumeSource(secret_name=name))
    return Deployment(
        name,
        labels=labels(observed),
        spec=DeploymentSpec(
            replicas=1,
            selector=Selector(match_labels=labels(observed)),
            template=PodTemplateSpec(
                metadata=ObjectMeta(labels=labels(observed)),
                spec=PodSpec(containers=[server], volumes=[user]),
            ),
        ),
    )


@rule
def endpoint(observed: Observed[Objectstore]) -> Contribution:
    """Where the store is found, and whether somebody is there."""
    parent = observed.parent
    running = observed.child(Deployment, parent.name)
    up = running is not None and ready(running)
    return Contribution(
        status=ObjectstoreStatus(endpoint=f"http://{parent.name}.{parent.namespace}.svc:{PORT}"),
        conditions=[
            Condition("Ready", "True", "Running", "the server is available")
            if up
            else Condition("Ready", "False", "Starting", "the server is not available yet")
        ],
    )


controller = Controller(
    Objectstore,
    # in_order(volume, workload) would wait for ever where a volume is bound to its first consumer.
    rules=all_of(keys, volume, service, workload, endpoint),
    children=[
        Child(Secret, "OnDelete"),
        Child(PersistentVolumeClaim, "OnDelete"),
        Child(Service, "Recreate"),
        Child(Deployment, "InPlace"),
    ],
)
