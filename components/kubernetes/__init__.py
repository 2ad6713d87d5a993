"""What stores that run in the cluster share."""
