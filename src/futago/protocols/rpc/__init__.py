"""The RPC dialect: flattened parameters, request signatures, pages, times and XML answers."""
