"""A web application beside the stores, and the Secret through which it reaches them."""

from components.app.args import AppArgs, IngressArgs
from components.app.component import App
from components.app.connections import Connections, ConnectionsArgs

__all__ = ["App", "AppArgs", "Connections", "ConnectionsArgs", "IngressArgs"]
