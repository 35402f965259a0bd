"""The web application: pages, the HTTP API and the live stream over one room."""
