"""Face 1: the RPC API over HTTP. Authenticates, hands over to the dispatcher, renders."""
