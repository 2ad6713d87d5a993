"""`ladder status`: how the stores are, as the cluster sees them now."""
