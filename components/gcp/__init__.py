"""What the managed stores of Google Cloud share: regions, machines, names, labels, networks; imports no SDK itself."""
