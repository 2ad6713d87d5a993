"""MongoDB as a StatefulSet: a replica set of one to three members."""

import pulumi
import pulumi_kubernetes as k8s

from components import facade, labels, naming, options
from components.endpoint import CA_FILE, Endpoint
from components.kubernetes import certificates, network_policy, pod, scripts, secrets, workload
from components.mongodb.args import PORT
from components.store import BackendArgs, StoreArgs

SCRIPTS = scripts.SHARED | scripts.read("components.mongodb")
