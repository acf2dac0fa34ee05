"""How the server prints what it holds in types that have no names for JSON.

1. Inside the server the members of most objects are named as in its source, all are there, and
   stand in the order of the type; that is how they are printed in the details of errors.
2. A table names the members of a type: `Name`, `Name:kind`, `Name=json`, `Name=json:kind`. The
   kind is a text, unless `b` (true or false), `n` (number), `p` (may be null), `q` (quantities by
   name), or a type: `T` (always there), `*T` (or null), `[]T` (a list).
3. Selectors and metadata have names for JSON inside the server, too.

Source: k8s.io/kubernetes pkg/apis/core/types.go, pkg/apis/apps/types.go, pkg/apis/batch/types.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from ._read import obj, objs, ordered
from ._shared import amount, selector_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.value.types import Json, JsonObject

__all__ = ["printed", "printed_all"]

_HIDDEN: Final = "SecretRef:*Reference"
_HIDDEN_ELSEWHERE: Final = "SecretRef:*FullReference"
_ISCSI: Final = (
    "TargetPortal IQN=iqn Lun:n ISCSIInterface=iscsiInterface FSType=fsType ReadOnly:b Portals:p "
    "DiscoveryCHAPAuth=chapAuthDiscovery:b SessionCHAPAuth=chapAuthSession:b"
)
_RBD: Final = (
    "CephMonitors=monitors:p RBDImage=image FSType=fsType RBDPool=pool RadosUser=user Keyring"
)
_SCALE_IO: Final = (
    "SSLEnabled=sslEnabled:b ProtectionDomain StoragePool StorageMode VolumeName FSType=fsType "
    "ReadOnly:b"
)
_PROFILE: Final = "Type LocalhostProfile:p"
_CONTAINER: Final = (
    "Name Image Command:p Args:p WorkingDir Ports:[]ContainerPort EnvFrom:[]EnvFromSource "
    "Env:[]EnvVar Resources:ResourceRequirements ResizePolicy:[]ResizePolicy RestartPolicy:p "
    "RestartPolicyRules:[]RestartRule VolumeMounts:[]VolumeMount VolumeDevices:[]VolumeDevice "
    "LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle "
    "TerminationMessagePath TerminationMessagePolicy ImagePullPolicy "
    "SecurityContext:*SecurityContext Stdin:b StdinOnce:b TTY=tty:b"
)
_TYPES: Final[Mapping[str, str]] = {
    "Metadata": "Metadata:ObjectMeta",
    "NonResourceAttributes": "Path Verb",
    "PodTemplateSpec": "Metadata:ObjectMeta Spec:PodSpec",
    "PodSpec": (
        "Volumes:[]Volume InitContainers:[]Container Containers:[]Container "
        "EphemeralContainers:[]EphemeralContainer RestartPolicy TerminationGracePeriodSeconds:p "
        "ActiveDeadlineSeconds:p DNSPolicy=dnsPolicy NodeSelector:p ServiceAccountName "
        "AutomountServiceAccountToken:p NodeName SecurityContext:PodSecurityContext "
        "ImagePullSecrets:[]Reference Hostname Subdomain SetHostnameAsFQDN:p Affinity:*Affinity "
        "SchedulerName Tolerations:[]Toleration HostAliases:[]HostAlias PriorityClassName "
        "Priority:p PreemptionPolicy:p DNSConfig=dnsConfig:*DNSConfig "
        "ReadinessGates:[]ReadinessGate RuntimeClassName:p Overhead:q EnableServiceLinks:p "
        "TopologySpreadConstraints:[]SpreadConstraint OS=os:*Named "
        "SchedulingGates:[]Named ResourceClaims:[]PodResourceClaim "
        "Resources:*ResourceRequirements HostnameOverride:p SchedulingGroup:*SchedulingGroup"
    ),
    "PodSecurityContext": (
        "HostNetwork:b HostPID:b HostIPC:b ShareProcessNamespace:p HostUsers:p "
        "SELinuxOptions=seLinuxOptions:*SELinuxOptions WindowsOptions:*WindowsOptions RunAsUser:p "
        "RunAsGroup:p RunAsNonRoot:p SupplementalGroups:p SupplementalGroupsPolicy:p "
        "FSGroup=fsGroup:p FSGroupChangePolicy=fsGroupChangePolicy:p Sysctls:[]NameValue "
        "SeccompProfile:*SeccompProfile AppArmorProfile:*SeccompProfile "
        "SELinuxChangePolicy=seLinuxChangePolicy:p"
    ),
    "SecurityContext": (
        "Capabilities:*Capabilities Privileged:p SELinuxOptions=seLinuxOptions:*SELinuxOptions "
        "WindowsOptions:*WindowsOptions RunAsUser:p RunAsGroup:p RunAsNonRoot:p "
        "ReadOnlyRootFilesystem:p AllowPrivilegeEscalation:p ProcMount:p "
        "SeccompProfile:*SeccompProfile AppArmorProfile:*SeccompProfile"
    ),
    "Capabilities": "Add:p Drop:p",
    "SELinuxOptions": "User Role Type Level",
    "WindowsOptions": (
        "GMSACredentialSpecName=gmsaCredentialSpecName:p GMSACredentialSpec=gmsaCredentialSpec:p "
        "RunAsUserName:p HostProcess:p"
    ),
    "SeccompProfile": _PROFILE,
    "NameValue": "Name Value",
    "Named": "Name",
    "Reference": "Name",
    "Container": _CONTAINER,
    "EphemeralContainer": f"{_CONTAINER} TargetContainerName",
    "ContainerPort": "Name HostPort:n ContainerPort:n Protocol HostIP",
    "EnvFromSource": "Prefix ConfigMapRef:*OptionalReference SecretRef:*OptionalReference",
    "OptionalReference": "Name Optional:p",
    "EnvVar": "Name Value ValueFrom:*EnvVarSource",
    "EnvVarSource": (
        "FieldRef:*FieldSelector ResourceFieldRef:*ResourceSelector ConfigMapKeyRef:*KeySelector "
        "SecretKeyRef:*KeySelector FileKeyRef:*FileKeySelector"
    ),
    "FieldSelector": "APIVersion=apiVersion FieldPath",
    "ResourceSelector": "ContainerName Resource Divisor:quantity",
    "KeySelector": "Name Key Optional:p",
    "FileKeySelector": "VolumeName Path Key Optional:p",
    "ResourceRequirements": "Limits:q Requests:q Claims:[]ResourceClaim",
    "ResourceClaim": "Name Request",
    "ResizePolicy": "ResourceName RestartPolicy",
    "RestartRule": "Action ExitCodes:*RestartCodes",
    "RestartCodes": "Operator Values:p",
    "VolumeMount": (
        "Name ReadOnly:b RecursiveReadOnly:p MountPath SubPath MountPropagation:p SubPathExpr"
    ),
    "VolumeDevice": "Name DevicePath",
    "Probe": (
        "Exec:*Exec HTTPGet=httpGet:*HTTPGet TCPSocket=tcpSocket:*TCPSocket GRPC=grpc:*GRPC "
        "InitialDelaySeconds:n TimeoutSeconds:n PeriodSeconds:n SuccessThreshold:n "
        "FailureThreshold:n TerminationGracePeriodSeconds:p"
    ),
    "Exec": "Command:p",
    "HTTPGet": "Path Port:n Host Scheme HTTPHeaders=httpHeaders:[]NameValue",
    "TCPSocket": "Port:n Host",
    "GRPC": "Port:n Service:p",
    "Sleep": "Seconds:n",
    "Lifecycle": "PostStart:*Hook PreStop:*Hook StopSignal:p",
    "Hook": "Exec:*Exec HTTPGet=httpGet:*HTTPGet TCPSocket=tcpSocket:*TCPSocket Sleep:*Sleep",
    "Toleration": "Key Operator Value Effect TolerationSeconds:p",
    "HostAlias": "IP=ip Hostnames:p",
    "Affinity": (
        "NodeAffinity:*NodeAffinity PodAffinity:*PodAffinity PodAntiAffinity:*PodAffinity"
    ),
    "NodeAffinity": (
        "RequiredDuringSchedulingIgnoredDuringExecution:*NodeSelector "
        "PreferredDuringSchedulingIgnoredDuringExecution:[]PreferredTerm"
    ),
    "NodeSelector": "NodeSelectorTerms:[]NodeSelectorTerm",
    "NodeSelectorTerm": "MatchExpressions:[]Requirement MatchFields:[]Requirement",
    "Requirement": "Key Operator Values:p",
    "PreferredTerm": "Weight:n Preference:NodeSelectorTerm",
    "PodAffinity": (
        "RequiredDuringSchedulingIgnoredDuringExecution:[]AffinityTerm "
        "PreferredDuringSchedulingIgnoredDuringExecution:[]WeightedTerm"
    ),
    "AffinityTerm": (
        "LabelSelector:*LabelSelector Namespaces:p TopologyKey NamespaceSelector:*LabelSelector "
        "MatchLabelKeys:p MismatchLabelKeys:p"
    ),
    "WeightedTerm": "Weight:n PodAffinityTerm:AffinityTerm",
    "DNSConfig": "Nameservers:p Searches:p Options:[]DNSOption",
    "DNSOption": "Name Value:p",
    "ReadinessGate": "ConditionType",
    "SpreadConstraint": (
        "MaxSkew:n TopologyKey WhenUnsatisfiable LabelSelector:*LabelSelector MinDomains:p "
        "NodeAffinityPolicy:p NodeTaintsPolicy:p MatchLabelKeys:p"
    ),
    "PodResourceClaim": "Name ResourceClaimName:p ResourceClaimTemplateName:p",
    "SchedulingGroup": "PodGroupName:p",
    "Volume": (
        "Name HostPath:*HostPath EmptyDir:*EmptyDir GCEPersistentDisk=gcePersistentDisk:*GCE "
        "AWSElasticBlockStore=awsElasticBlockStore:*AWS GitRepo:*GitRepo Secret:*Secret "
        "NFS=nfs:*NFS ISCSI=iscsi:*ISCSI Glusterfs:*Glusterfs PersistentVolumeClaim:*Claim "
        "RBD=rbd:*RBD Quobyte:*Quobyte FlexVolume:*Flex Cinder:*Cinder CephFS=cephfs:*CephFS "
        "Flocker:*Flocker DownwardAPI:*Downward FC=fc:*FC AzureFile:*AzureFile "
        "ConfigMap:*ConfigMap VsphereVolume:*Vsphere AzureDisk:*AzureDisk "
        "PhotonPersistentDisk:*Photon Projected:*Projected PortworxVolume:*Portworx "
        "ScaleIO:*ScaleIO StorageOS=storageos:*StorageOS CSI=csi:*CSI Ephemeral:*Ephemeral "
        "Image:*ImageSource"
    ),
    "HostPath": "Path Type:p",
    "EmptyDir": "Medium SizeLimit:p",
    "GCE": "PDName=pdName FSType=fsType Partition:n ReadOnly:b",
    "AWS": "VolumeID FSType=fsType Partition:n ReadOnly:b",
    "GitRepo": "Repository Revision Directory",
    "Secret": "SecretName Items:[]KeyToPath DefaultMode:p Optional:p",
    "KeyToPath": "Key Path Mode:p",
    "NFS": "Server Path ReadOnly:b",
    "ISCSI": f"{_ISCSI} {_HIDDEN} InitiatorName:p",
    "Glusterfs": "EndpointsName=endpoints Path ReadOnly:b",
    "Claim": "ClaimName ReadOnly:b",
    "RBD": f"{_RBD} {_HIDDEN} ReadOnly:b",
    "Quobyte": "Registry Volume ReadOnly:b User Group Tenant",
    "Flex": f"Driver FSType=fsType {_HIDDEN} ReadOnly:b Options:p",
    "Cinder": f"VolumeID FSType=fsType ReadOnly:b {_HIDDEN}",
    "CephFS": f"Monitors:p Path User SecretFile {_HIDDEN} ReadOnly:b",
    "Flocker": "DatasetName DatasetUUID",
    "Downward": "Items:[]DownwardFile DefaultMode:p",
    "DownwardFile": ("Path FieldRef:*FieldSelector ResourceFieldRef:*ResourceSelector Mode:p"),
    "FC": "TargetWWNs:p Lun:p FSType=fsType ReadOnly:b WWIDs=wwids:p",
    "AzureFile": "SecretName ShareName ReadOnly:b",
    "ConfigMap": "Name Items:[]KeyToPath DefaultMode:p Optional:p",
    "Vsphere": "VolumePath FSType=fsType StoragePolicyName StoragePolicyID",
    "AzureDisk": "DiskName DataDiskURI=diskURI CachingMode:p FSType=fsType:p ReadOnly:p Kind:p",
    "Photon": "PdID FSType=fsType",
    "Projected": "Sources:[]Projection DefaultMode:p",
    "Projection": (
        "Secret:*ConfigMapProjection DownwardAPI:*Downwards ConfigMap:*ConfigMapProjection "
        "ServiceAccountToken:*Token ClusterTrustBundle:*TrustBundle PodCertificate:*Certificate"
    ),
    "ConfigMapProjection": "Name Items:[]KeyToPath Optional:p",
    "Downwards": "Items:[]DownwardFile",
    "Token": "Audience ExpirationSeconds:n Path",
    "TrustBundle": "Name:p SignerName:p LabelSelector:*LabelSelector Optional:p Path",
    "Certificate": (
        "SignerName KeyType MaxExpirationSeconds:p CredentialBundlePath KeyPath "
        "CertificateChainPath UserAnnotations:p"
    ),
    "Portworx": "VolumeID FSType=fsType ReadOnly:b",
    "ScaleIO": f"Gateway System {_HIDDEN} {_SCALE_IO}",
    "StorageOS": f"VolumeName VolumeNamespace FSType=fsType ReadOnly:b {_HIDDEN}",
    "CSI": ("Driver ReadOnly:p FSType=fsType:p VolumeAttributes:p NodePublishSecretRef:*Reference"),
    "Ephemeral": "VolumeClaimTemplate:*ClaimTemplate",
    "ClaimTemplate": "Metadata:ObjectMeta Spec:ClaimSpec",
    "ClaimSpec": (
        "AccessModes:p Selector:*LabelSelector Resources:VolumeResources VolumeName "
        "StorageClassName:p VolumeMode:p DataSource:*DataSource DataSourceRef:*DataSourceRef "
        "VolumeAttributesClassName:p"
    ),
    "PersistentVolumeSource": (
        "GCEPersistentDisk=gcePersistentDisk:*GCE AWSElasticBlockStore=awsElasticBlockStore:*AWS "
        "HostPath:*HostPath Glusterfs:*VolumeGlusterfs NFS=nfs:*NFS RBD=rbd:*VolumeRBD "
        "Quobyte:*Quobyte ISCSI=iscsi:*VolumeISCSI FlexVolume:*VolumeFlex Cinder:*VolumeCinder "
        "CephFS=cephfs:*VolumeCephFS FC=fc:*FC Flocker:*Flocker AzureFile:*VolumeAzureFile "
        "VsphereVolume:*Vsphere AzureDisk:*AzureDisk PhotonPersistentDisk:*Photon "
        "PortworxVolume:*Portworx ScaleIO=scaleIO:*VolumeScaleIO Local:*Local "
        "StorageOS=storageos:*VolumeStorageOS CSI=csi:*VolumeCSI"
    ),
    "VolumeGlusterfs": "EndpointsName=endpoints Path ReadOnly:b EndpointsNamespace:p",
    "VolumeRBD": f"{_RBD} {_HIDDEN_ELSEWHERE} ReadOnly:b",
    "VolumeISCSI": f"{_ISCSI} {_HIDDEN_ELSEWHERE} InitiatorName:p",
    "VolumeFlex": f"Driver FSType=fsType {_HIDDEN_ELSEWHERE} ReadOnly:b Options:p",
    "VolumeCinder": f"VolumeID FSType=fsType ReadOnly:b {_HIDDEN_ELSEWHERE}",
    "VolumeCephFS": f"Monitors:p Path User SecretFile {_HIDDEN_ELSEWHERE} ReadOnly:b",
    "VolumeAzureFile": "SecretName ShareName ReadOnly:b SecretNamespace:p",
    "VolumeScaleIO": f"Gateway System {_HIDDEN_ELSEWHERE} {_SCALE_IO}",
    "VolumeStorageOS": (
        "VolumeName VolumeNamespace FSType=fsType ReadOnly:b SecretRef:*ObjectReference"
    ),
    "VolumeCSI": (
        "Driver VolumeHandle ReadOnly:b FSType=fsType VolumeAttributes:p "
        "ControllerPublishSecretRef:*FullReference NodeStageSecretRef:*FullReference "
        "NodePublishSecretRef:*FullReference ControllerExpandSecretRef:*FullReference "
        "NodeExpandSecretRef:*FullReference"
    ),
    "Local": "Path FSType=fsType:p",
    "FullReference": "Name Namespace",
    "ObjectReference": (
        "Kind Namespace Name UID=uid APIVersion=apiVersion ResourceVersion FieldPath"
    ),
    "VolumeResources": "Limits:q Requests:q",
    "DataSource": "APIGroup=apiGroup:p Kind Name",
    "DataSourceRef": "APIGroup=apiGroup:p Kind Name Namespace:p",
    "ImageSource": "Reference PullPolicy",
    "DeploymentStrategy": "Type RollingUpdate:*RollingDeployment",
    "RollingDeployment": "MaxUnavailable:n MaxSurge:n",
    "DaemonSetUpdateStrategy": "Type RollingUpdate:*RollingDeployment",
    "StatefulSetUpdateStrategy": "Type RollingUpdate:*RollingStatefulSet",
    "RollingStatefulSet": "Partition:n MaxUnavailable:p",
    "SuccessPolicy": "Rules:[]SuccessRule",
    "SuccessRule": "SucceededIndexes:p SucceededCount:p",
    "PodFailurePolicy": "Rules:[]FailureRule",
    "FailureRule": "Action OnExitCodes:*FailureCodes OnPodConditions:[]FailureCondition",
    "FailureCodes": "ContainerName:p Operator Values:p",
    "FailureCondition": "Type Status",
}
_METADATA: Final = (
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
)
_ZERO: Final[Mapping[str, Json]] = {"": "", "b": False, "n": 0, "quantity": "0"}
_OF_THE_POD: Final = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")
"""What the server keeps in the security context, though it is said beside it."""


def printed(kind: str, document: JsonObject) -> JsonObject:
    """Return an object with the members that the server prints, in its order."""
    made: JsonObject = {}
    for member in _TYPES[kind].split():
        named, _, form = member.partition(":")
        name, equals, key = named.partition("=")
        key = key if equals else f"{name[0].lower()}{name[1:]}"
        if form == "ObjectMeta":
            made.update(_metadata(obj(document, "metadata")))
        elif form == "PodSecurityContext":
            held: JsonObject = {n: document[n] for n in _OF_THE_POD if n in document}
            made[name] = printed(form, {**obj(document, key), **held})
        else:
            made[name] = _member(form, document.get(key), obj(document, key), objs(document, key))
    return made


def printed_all(kind: str, documents: list[JsonObject]) -> list[Json] | None:
    """Return a list of objects as the server prints it: null if it is empty."""
    return [printed(kind, each) for each in documents] or None


def _member(form: str, value: Json, held: JsonObject, items: list[JsonObject]) -> Json:
    if form.endswith("LabelSelector"):
        return None if value is None else selector_value(held)
    if form.startswith("[]"):
        return cast("Json", printed_all(form[2:], items))
    if form.startswith("*"):
        return None if value is None else printed(form[1:], held)
    if form in _TYPES:
        return printed(form, held)
    if form == "q":
        return _quantities(held) or None
    if value is None or value in ([], {}):
        return _ZERO.get(form)
    return dict(sorted(held.items())) if isinstance(value, dict) else value


def _quantities(held: JsonObject) -> JsonObject:
    made: JsonObject = {}
    for name, value in sorted(held.items()):
        quantity = amount(value)
        made[name] = value if quantity is None else quantity.canonical
    return made


def _metadata(metadata: JsonObject) -> JsonObject:
    """Return metadata, sorted as the server's type is, without what is empty."""
    made = ordered(metadata, *_METADATA)
    for name in ("labels", "annotations"):
        if name in made:
            made[name] = dict(sorted(obj(made, name).items()))
    return {key: value for key, value in made.items() if value not in (None, "", {}, [], 0)}
