"""What the managed stores of AWS share: regions and classes, names, tags, authorities. Imports no SDK by itself."""
