"""`ladder climb`: takes the data of one store to another backend, in recorded phases."""
