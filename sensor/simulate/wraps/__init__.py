"""How is a conversation wrapped before it goes over the wire? Proxies, WebSocket, compression."""
