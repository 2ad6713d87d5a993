"""`ladder render`: the manifests, and the way that applies them where no Pulumi CLI can be had."""
