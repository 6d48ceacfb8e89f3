"""What is inside a stream that carries another one? SOCKS, CONNECT, PROXY headers, WebSocket, gzip."""
