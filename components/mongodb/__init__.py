"""A MongoDB store."""

from components.mongodb.args import MongodbArgs
from components.mongodb.component import Mongodb

__all__ = ["Mongodb", "MongodbArgs"]
