"""`ladder remove`: the way to give a store, or all, up."""
